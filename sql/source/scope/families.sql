-- Families of which a parent ever said something to this recipient.
select distinct cast(family_id as bigint) as id
from parent
where parent_id in (select parent_id from consent_event where kbo = $kbo)
