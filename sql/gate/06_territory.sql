-- Since when a recipient's territory is what it is: the latest merger, up to the day, that shaped a municipality
-- it serves. Papers whose term began earlier are suspended (DOMAIN: mergers; an assumption).
create temp table territory as
select kbo, max(merged_on) as shaped_on
from serving join merger on merger.new_nis_code = serving.nis_code, moment
where merged_on <= day
group by kbo
