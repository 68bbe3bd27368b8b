-- Whether any row is recorded after the instant, as far as is looked ahead (DOMAIN: clocks differ).
with stamped as (
    select recorded_at from residence
    union all select recorded_at from indicator_assessment
    union all select recorded_at from agreement
    union all select recorded_at from protocol
    union all select recorded_at from consent_event
)
select count(*) > 0 as found
from stamped
where recorded_at > $known_at::timestamptz and recorded_at <= $ahead_until::timestamptz
