-- Current residences whose NIS code leads to no municipality (gate rule 3), and their share; likewise.
with fact as (
    select
        count(*) filter (current_code is null)::double as failing,
        count(*)::double as residences
    from current_residence
)
select 'residence' as feed, 'unknown_municipalities' as fact, failing as value from fact
union all
select 'residence', 'unknown_municipality_share', case when residences >= $min_rows then failing / residences else 0 end from fact
