-- Every parent and recipient with a grant and no withdrawal.
select distinct granted.parent_id, granted.kbo
from consent_event as granted join parent on parent.parent_id = granted.parent_id
where granted.kind = 'grant' and not exists (
    select 1 from consent_event as withdrawn
    where withdrawn.parent_id = granted.parent_id and withdrawn.kbo = granted.kbo and withdrawn.kind = 'withdrawal'
)
order by granted.parent_id, granted.kbo
