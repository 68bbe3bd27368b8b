-- What those parents said, to whomever: a no that cannot be placed counts for this recipient too. And every event of
-- anybody that is no grant: of those that the ledger knows, none may be gone.
where parent_id in $parents or kind is null or kind <> 'grant'
