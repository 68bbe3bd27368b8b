-- What is agreed between a recipient and a local team; of several agreements the highest threshold counts.
create temp table agreement_terms as
select kbo, local_team_id, max(min_criteria) as min_criteria, list(agreement_id order by agreement_id) as agreements
from agreement_state
where in_force
group by kbo, local_team_id
