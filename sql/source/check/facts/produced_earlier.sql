-- By how many hours a feed's load lies before last night's: time went back.
select
    feed,
    'produced_earlier' as fact,
    greatest((epoch_us(last.produced_at) - epoch_us(tonight.produced_at)) / 3.6e9, 0)::double as value
from last_load as last join load_tonight as tonight using (feed)
