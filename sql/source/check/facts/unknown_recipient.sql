-- Papers and territories of a recipient that feed recipient does not have.
select 'agreement' as feed, 'unknown_recipients' as fact, count(*)::double as value
from agreement anti join recipient using (kbo)
union all
select 'protocol', 'unknown_recipients', count(*)
from protocol anti join recipient using (kbo)
union all
select 'recipient_municipality', 'unknown_recipients', count(*)
from recipient_municipality anti join recipient using (kbo)
