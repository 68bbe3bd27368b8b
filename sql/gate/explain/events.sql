-- Every consent event of one parent, and of the parent's other rows: which counts for this recipient, and why the others
-- do not. What a malformed one holds may be anything, so only the rules that it fails are said.
with malformed as (
    select event_id, list(rule order by rule) as rules from failed_consent_event group by event_id
),
own as (
    select consent_event.*
    from consent_event join same_person using (parent_id)
    where person = (select person from same_person where parent_id = $parent)
),
looked_at as (
    select event_id, holds from consent where parent_id = $parent and kbo = $kbo
)
select
    'consent_event ' || own.event_id as row_id,
    concat_ws(
        ', ',
        case when own.parent_id <> $parent then 'of parent ' || own.parent_id end,
        case when rules is not null then 'malformed (' || array_to_string(rules, ' and ') || ')' else kind end,
        case when counting_no.is_to_all then 'to everyone' end,
        case
            when coalesce(own.recorded_at > known_at, false) then 'not known yet, recorded ' || own.recorded_at
            when own.kbo is distinct from $kbo and counting_no.is_to_all is not true then 'for another recipient'
            when counting_no.event_id is not null then 'counts, from ' || counting_no.counts_from
            when own.parent_id <> $parent then 'for that row alone'
            when looked_at.holds then 'counts, from ' || occurred_at
            when looked_at.event_id is not null then 'is beaten, of ' || occurred_at
            when occurred_at > decided_at then 'does not hold yet, of ' || occurred_at
            else 'an earlier one, of ' || occurred_at
        end
    ) as says
from own
left join malformed using (event_id)
left join counting_no using (event_id)
left join looked_at using (event_id), moment
order by occurred_at, own.recorded_at, own.event_id
