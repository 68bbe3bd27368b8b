-- What the agency's own load says that it wrote, and when.
select
    feed,
    produced_at,
    row_count
from feed_control
