-- The children of one year's figures: once for each municipality that the feed has them in on that 31 December.
-- `doubt` is the first reason for which a child cannot be counted, NULL for one that is; `place` is NULL where its NIS
-- code leads nowhere. Born in the year or the two before; in Brussels (REFNIS: arrondissement 21) clients alone.
create or replace temp table resident as
with home as (
    select child_id, place, count(unparsable) > 0 as is_unreadable
    from child_on_31_december left join place using (nis_code)
    where coalesce(year = $year, true)
    group by child_id, place
),
born as (
    select
        child_id,
        max(birth_date) as birth_date,
        bool_or(client) as is_client,
        count(*) > 1 as is_twice,
        count(unparsable) > 0 as is_unreadable
    from child
    group by child_id
),
judged as (
    select
        home.child_id,
        place,
        starts_with(place, '21') and not is_client as is_left_out,
        case
            when home.is_unreadable then 'unreadable'
            when place is null then 'unknown_municipality'
            when count(*) over (partition by home.child_id) > 1 then 'several_municipalities'
            when born.child_id is null then 'unknown_child'
            when is_twice or born.is_unreadable then 'unsound_child'
            when birth_date > $year_end::date then 'born_later'
            when unsound.child_id is not null then 'unsound_assessment'
            when is_left_out and assessed.child_id is not null then 'assessed_without_visit'
        end as doubt
    from home
    left join born on born.child_id = home.child_id
    left join unsound on unsound.child_id = home.child_id
    left join assessed on assessed.child_id = home.child_id
    where coalesce(year(birth_date) > $year - 3, true)
)
select
    judged.child_id,
    place,
    doubt,
    coalesce(income, false) as income,
    coalesce(education, false) as education,
    coalesce(employment, false) as employment,
    coalesce(stimulation, false) as stimulation,
    coalesce(housing, false) as housing,
    coalesce(health, false) as health,
    coalesce(
        income::integer + education::integer + employment::integer
            + stimulation::integer + housing::integer + health::integer >= $deprived_from,
        false
    ) as is_deprived
from judged left join assessed on assessed.child_id = judged.child_id
where doubt is not null or not is_left_out
