-- The population's families, with the most weak criteria that any of their young children has.
create temp table family_need as
select family_id, max(weak) as weak
from assessed_child
group by family_id
