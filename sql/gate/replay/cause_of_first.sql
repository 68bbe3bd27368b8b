-- Where the decision on record is not the one on the night's own world made again: which table without history holds
-- something else for that parent, or else `otherwise`. A parent without a row, then or now, was outside the population.
-- Whom the suppression list withheld that night, the gate by itself did not.
create temp table cause as
with today as (
    select * from fingerprint join person_of using (parent_id) left join first using (parent_id)
),
named as (
    select
        person,
        list_filter([by_list.cause], lambda cause: cause is not null) as lists,
        case
            when recorded.person is null or today.person is null or recorded.family_id <> today.family_id
                then ['parent']
            else list_filter([
                case when recorded.parent <> today.parent then 'parent' end,
                case when recorded.family <> today.family then 'family' end,
                case when recorded.child <> today.child then 'child' end
            ], lambda name: name is not null)
        end as tables
    from recorded full join today using (person) left join withheld_by_list as by_list using (person)
    where (coalesce(recorded.outcome, 'outside'), recorded.kbo, recorded.reason, recorded.fields)
        is distinct from (coalesce(today.outcome, 'outside'), today.kbo, today.reason, today.fields)
)
select
    person,
    unnest(case when len(lists) + len(tables) > 0 then list_concat(lists, tables) else $otherwise::varchar[] end) as cause
from named
