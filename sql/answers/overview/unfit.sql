-- What makes a register no ground to count on: values that do not fit, keys that are incomplete or double, and other
-- rows than the agency's load says (as the night's own checks have it, of the feeds that an overview reads).
with seen(feed, rows, keys, unparsable) as (
    select 'recipient', count(*), count(distinct kbo), count(unparsable) from recipient
    union all
    select 'recipient_municipality', count(*), count(distinct (kbo, nis_code, valid_from))
        filter (kbo is not null and nis_code is not null and valid_from is not null), count(unparsable)
    from recipient_municipality
    union all
    select 'local_team', count(*), count(distinct local_team_id), count(unparsable) from local_team
    union all
    select 'agreement', count(*), count(distinct (agreement_id, recorded_at))
        filter (agreement_id is not null and recorded_at is not null), count(unparsable)
    from agreement
    union all
    select 'protocol', count(*), count(distinct (protocol_id, recorded_at))
        filter (protocol_id is not null and recorded_at is not null), count(unparsable)
    from protocol
),
written as (
    select feed, max(row_count) as row_count from feed_control group by feed having count(*) = 1
)
select feed, unparsable, rows - keys as doubles, rows, row_count as rows_expected
from seen left join written using (feed)
where unparsable > 0 or rows <> keys or rows is distinct from row_count
order by feed
