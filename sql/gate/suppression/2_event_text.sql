-- A consent event as it is hashed: every column, so that an event that was altered, or another one under its number, is
-- not taken for it. In whole numbers and text, which every version of DuckDB writes alike.
create temp view event_text as
select
    *,
    'consent_event:' || json_array(
        event_id, parent_id, kbo, kind, text_version, fields, valid_until - date '1970-01-01', epoch_us(occurred_at),
        epoch_us(recorded_at)
    )::varchar as content
from consent_event
