-- The grant that is looked at, per parent and recipient: of the well-formed ones up to the instant the one that occurred
-- latest, then the later recorded, then the higher id.
create temp table latest_grant as
select parent_id, kbo, event_id, occurred_at, recorded_at, text_version, fields, valid_until
from known_event, moment
where is_grant and occurred_at <= decided_at
qualify row_number() over (
    partition by parent_id, kbo order by occurred_at desc, recorded_at desc, event_id desc
) = 1
