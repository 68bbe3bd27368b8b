-- The authorities of the day: every legal person that serves somewhere, has a paper or got a drop within the window,
-- registered or not. The other recipients of the register do not exist yet, or no longer. `last_drop`: up to the day.
with here as (
    select kbo from serving
    union
    select kbo from paper
    union
    select kbo from delivered, moment where night between day - $window_days::integer + 1 and day
),
last as (
    select kbo, max(night) as last_drop from delivered, moment where night <= day group by kbo
)
select here.kbo, recipient.name, recipient.kind, covered.kbo is not null as is_covered, last_drop
from here
left join recipient using (kbo)
left join covered using (kbo)
left join last using (kbo)
order by here.kbo
