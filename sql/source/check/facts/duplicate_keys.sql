-- Rows whose key is incomplete, or is another row's too. Keys as in the agency's interface. An address without a
-- possible date sets its person apart, and is left out here.
with fact(feed, rows, keys) as (
    select 'recipient', count(*), count(distinct kbo) from recipient
    union all
    select 'recipient_municipality', count(*), count(distinct (kbo, nis_code, valid_from))
        filter (kbo is not null and nis_code is not null and valid_from is not null)
    from recipient_municipality
    union all
    select 'local_team', count(*), count(distinct local_team_id) from local_team
    union all
    select 'family', count(*), count(distinct family_id) from family
    union all
    select 'parent', count(*), count(distinct parent_id) from parent
    union all
    select 'residence', count(*), count(distinct (parent_id, valid_from, recorded_at))
        filter (parent_id is not null)
    from residence
    where valid_from is not null and recorded_at is not null
    union all
    select 'child', count(*), count(distinct child_id) from child
    union all
    select 'child_on_31_december', count(*), count(distinct (child_id, year))
        filter (child_id is not null and year is not null)
    from child_on_31_december
    union all
    select 'indicator_assessment', count(*), count(distinct assessment_id) from indicator_assessment
    union all
    select 'agreement', count(*), count(distinct (agreement_id, recorded_at))
        filter (agreement_id is not null and recorded_at is not null)
    from agreement
    union all
    select 'protocol', count(*), count(distinct (protocol_id, recorded_at))
        filter (protocol_id is not null and recorded_at is not null)
    from protocol
    union all
    select 'consent_text', count(*), count(distinct text_version) from consent_text
    union all
    select 'consent_event', count(*), count(distinct event_id) from consent_event
    union all
    select 'feed_control', count(*), count(distinct feed) from feed_control
)
select feed, 'duplicate_keys' as fact, (rows - keys)::double as value from fact
