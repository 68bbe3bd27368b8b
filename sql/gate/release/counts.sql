-- How many parents ended in each outcome; the population is their sum.
select outcome, kbo, reason, count(*) as parents
from decision
group by outcome, kbo, reason
order by outcome, kbo, reason
