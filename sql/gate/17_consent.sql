-- Per parent and recipient: the grant looked at, and whether it holds (reasons 9 and 10). It holds only against a no that
-- it is later than in both ways: it occurred after the no counts from, and was recorded after the no was recorded. So it
-- holds against all of them when it is later than the latest of either. No row: neither a grant nor a no counts.
create temp table consent as
with no_to_one as (
    select person, kbo, max(counts_from) as counts_from, max(recorded_at) as recorded_at
    from counting_no where not is_to_all group by person, kbo
),
no_to_all as (
    select person, max(counts_from) as counts_from, max(recorded_at) as recorded_at
    from counting_no where is_to_all group by person
),
pair as (
    select parent_id, kbo from latest_grant
    union
    select parent_id, kbo from no_to_one join same_person using (person)
    union
    select parent_id, served_by.kbo
    from no_to_all join same_person using (person) join current_residence using (parent_id)
    join served_by on served_by.nis_code = current_code
)
select
    pair.parent_id,
    pair.kbo,
    event_id,
    occurred_at,
    latest_grant.recorded_at,
    text_version,
    fields,
    valid_until,
    greatest(no_to_one.counts_from, no_to_all.counts_from) as no_counts_from,
    greatest(no_to_one.recorded_at, no_to_all.recorded_at) as no_recorded_at,
    event_id is not null
        and coalesce(occurred_at > no_counts_from, true)
        and coalesce(latest_grant.recorded_at > no_recorded_at, true) as holds
from pair
join same_person using (parent_id)
left join latest_grant using (parent_id, kbo)
left join no_to_one using (person, kbo)
left join no_to_all using (person)
