-- Every consent event known, as a grant or as a no: a no is a withdrawal, an event of unknown kind, or a malformed grant.
-- `counts_from` is of a no: the earlier of the two instants, or the only one that is there; `least` passes over NULL. A
-- no that does not say when it was recorded is known, and was recorded after everything.
-- `is_placed`: it is for its own kbo. A no that is not a grant, and whose kbo is not exactly that of a registered
-- recipient that serves a municipality on the day, cannot be placed, and is a no to everyone. A code of before a merger is
-- no municipality on the day.
create temp table known_event as
with placed as (
    select distinct kbo
    from recipient join serving using (kbo) join successor using (nis_code)
    where nis_code = current_code
)
select
    consent_event.event_id,
    parent_id,
    kbo,
    coalesce(kind = 'grant', false) and failed.event_id is null as is_grant,
    coalesce(kind = 'grant', false) or coalesce(kbo in (select kbo from placed), false) as is_placed,
    occurred_at,
    coalesce(recorded_at, timestamptz 'infinity') as recorded_at,
    coalesce(least(occurred_at, consent_event.recorded_at), timestamptz '-infinity') as counts_from,
    text_version,
    field_list(fields) as fields,
    valid_until
from consent_event
left join (select distinct event_id from failed_consent_event) as failed using (event_id), moment
where coalesce(consent_event.recorded_at <= known_at, true)
