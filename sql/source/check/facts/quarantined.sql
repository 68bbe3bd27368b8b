-- Parents whose own row is set apart (gate rule 1), and their share; with few of them no share is judged, and it is 0.
with fact as (
    select
        (select count(distinct parent_id) from failed_parent)::double as quarantined,
        (select count(*) from parent)::double as parents
)
select 'parent' as feed, 'quarantined' as fact, quarantined as value from fact
union all
select 'parent', 'quarantined_share', case when parents >= $min_rows then quarantined / parents else 0 end from fact
