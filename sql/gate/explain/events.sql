-- Every consent event of one parent: which counts for this recipient, and why the others do not. What a malformed one
-- holds may be anything, so only the rules that it fails are said.
with malformed as (
    select event_id, list(rule order by rule) as rules from failed_consent_event group by event_id
)
select
    'consent_event ' || consent_event.event_id as row_id,
    concat_ws(
        ', ',
        case when rules is not null then 'malformed (' || array_to_string(rules, ' and ') || ')' else kind end,
        case
            when consent_event.kbo is distinct from $kbo then 'for another recipient'
            when recorded_at > known_at then 'not known yet, recorded ' || recorded_at
            when consent_event.event_id = latest_consent.event_id then 'counts, from ' || counts_from
            when occurred_at > decided_at and (rules is null and kind = 'grant' or recorded_at > decided_at)
                then 'does not hold yet, of ' || occurred_at
            else 'an earlier one, of ' || occurred_at
        end
    ) as says
from consent_event
left join malformed using (event_id)
left join latest_consent on latest_consent.event_id = consent_event.event_id, moment
where consent_event.parent_id = $parent
order by occurred_at, recorded_at, consent_event.event_id
