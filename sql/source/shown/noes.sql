-- Every event of anybody that is no grant.
where kind is null or kind <> 'grant'
