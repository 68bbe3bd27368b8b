-- After how many microseconds, a day at most, an instant that stands in a row may change what is decided at $at: when it
-- comes, or when a load is stale. A row that is recorded ahead of our clock is heeded already (DOMAIN: clocks differ); one
-- that is further ahead than a clock may be stops the decision.
with turn as (
    select recorded_at as instant from residence
    union all select recorded_at from indicator_assessment
    union all select recorded_at from agreement
    union all select recorded_at from protocol
    union all select recorded_at from consent_event
    union all select occurred_at from consent_event
    union all select produced_at from feed_control
    union all select produced_at + to_microseconds(($feed_age_hours * 3.6e9)::bigint) from feed_control
)
select least(min(epoch_us(instant)) - epoch_us($at::timestamptz), 86400000000) as microseconds
from turn
where epoch_us(instant) > epoch_us($at::timestamptz)
