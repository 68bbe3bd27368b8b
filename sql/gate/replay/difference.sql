-- Everyone on whom the decision on record is not the one of today: what it said and says, with the causes.
create temp table difference as
with today as (
    select * from person_of left join after using (parent_id)
),
because as (
    select person, list(distinct cause order by cause) as causes from cause group by person
)
select
    today.parent_id,
    coalesce(recorded.reason, recorded.outcome, 'outside') as said,
    coalesce(today.reason, today.outcome, 'outside') as says_alike,
    case
        when said <> says_alike then says_alike
        when recorded.kbo is distinct from today.kbo then said || ', of another recipient'
        else said || ', with other fields'
    end as says,
    coalesce(causes, [$unexplained]) as causes
from recorded full join today using (person) left join because using (person)
where (coalesce(recorded.outcome, 'outside'), recorded.kbo, recorded.reason, recorded.fields)
    is distinct from (coalesce(today.outcome, 'outside'), today.kbo, today.reason, today.fields)
