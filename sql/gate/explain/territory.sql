-- The latest merger that shaped a recipient's territory: papers whose term began earlier are suspended.
select 'mergers of the territory of ' || kbo as row_id, 'the latest on ' || shaped_on as says
from territory
where kbo = $kbo
