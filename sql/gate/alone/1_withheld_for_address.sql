-- Parents withheld for a protected address, their own or another parent's, each as the only parent of a family.
create temp table withheld_for_address as
select parent_id, family_id
from decision join parent using (parent_id)
where reason = 'confidential_address'
