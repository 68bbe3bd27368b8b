-- Rows that say they were recorded later than now: the gate would not know of them yet, withdrawals among them.
-- "Now" as in control.sql. A clock may be a little ahead: a row within the skew passes, and is known once its time comes.
with recorded as (
    select 'residence' as feed, recorded_at from residence
    union all select 'indicator_assessment', recorded_at from indicator_assessment
    union all select 'agreement', recorded_at from agreement
    union all select 'protocol', recorded_at from protocol
    union all select 'consent_event', recorded_at from consent_event
)
select feed, 'recorded_ahead' as fact, count(*)::double as value
from recorded, moment
where epoch_us(recorded_at) > epoch_us(greatest(decided_at, $now::timestamptz)) + $skew_minutes * 6e7
group by feed
