-- The hashes in the order in which they are kept: of every row, and of the id of every consent event. As an enum a feed's
-- name takes one byte a row, to sort and to hand on.
select
    feed::enum(
        'residence', 'indicator_assessment', 'agreement', 'protocol', 'consent_event', 'consent_text',
        'consent_event.event_id'
    ) as feed,
    row_hash
from (
    select feed, row_hash from row_hash
    union all
    select
        'consent_event.event_id',
        (md5_number(json_array('consent_event.event_id', event_id)::varchar) >> 64)::ubigint
    from consent_event
)
order by row_hash
