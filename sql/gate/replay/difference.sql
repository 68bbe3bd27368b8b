-- Everyone on whom the decision on record is not the one of today: what it was and is, with the causes.
create temp table difference as
with today as (
    select * from person_of left join after using (parent_id)
),
because as (
    select person, list(distinct cause order by cause) as causes from cause group by person
)
select
    today.parent_id,
    coalesce(recorded.reason, recorded.outcome, 'outside') as on_record,
    coalesce(today.reason, today.outcome, 'outside') as now_alike,
    case
        when on_record <> now_alike then now_alike
        when recorded.kbo is distinct from today.kbo then on_record || ', of another recipient'
        else on_record || ', with other fields'
    end as decided_now,
    coalesce(causes, [$unexplained]) as causes
from recorded full join today using (person) left join because using (person)
where (coalesce(recorded.outcome, 'outside'), recorded.kbo, recorded.reason, recorded.fields)
    is distinct from (coalesce(today.outcome, 'outside'), today.kbo, today.reason, today.fields)
