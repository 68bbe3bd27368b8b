-- The event that counts, per parent and recipient, of those recorded by then (reasons 9 and 10). A grant counts from
-- occurred_at; a withdrawal or a malformed event from occurred_at or recorded_at, whichever is earlier. At the same
-- instant a withdrawal or malformed event wins over a grant; of two grants the later recorded, then the higher id.
create temp table latest_consent as
with known as (
    select
        consent_event.*,
        coalesce(kind = 'grant', false) and failed.event_id is null as is_grant,
        case when is_grant then occurred_at else least(occurred_at, recorded_at) end as counts_from
    from consent_event
    left join (select distinct event_id from failed_consent_event) as failed using (event_id), moment
    where recorded_at <= known_at
)
select
    parent_id, kbo, event_id, is_grant, counts_from, text_version, field_list(fields) as fields, valid_until
from known, moment
where counts_from <= decided_at
qualify row_number() over (
    partition by parent_id, kbo order by counts_from desc, is_grant, recorded_at desc, event_id desc
) = 1
