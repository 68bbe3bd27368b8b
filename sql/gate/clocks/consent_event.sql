-- The consent events as if those recorded ahead, up to `known_at`, had been recorded at the instant: a no counts from
-- then at the latest. In the other feeds only the order of the rows matters.
create temp view consent_event as
select consent_event.* replace (
    case when consent_event.recorded_at between decided_at and known_at then decided_at else consent_event.recorded_at end
        as recorded_at
)
from feeds.main.consent_event, moment
