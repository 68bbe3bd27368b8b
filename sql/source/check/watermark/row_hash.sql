-- 64 bits of MD5 over a row's whole contents, for every row of the feeds to which the agency only appends; of a
-- consent text over its version alone: its dates may be set later, but consents refer to it for ever.
-- MD5 of JSON, because tomorrow's DuckDB must find what today's wrote; its own hash() promises nothing of the kind.
-- The shift gives what md5_number_lower gives, in a third of the time;
-- an instant, in UTC, is written as JSON has it without asking the library of time zones.
create temp table row_hash as
with row_text as (
    select 'residence' as feed, recorded_at, json_array(
        'residence', parent_id, valid_from, make_timestamp(epoch_us(recorded_at))::varchar || '+00',
        street, house_number, box_number, postal_code, nis_code, confidential
    )::varchar as contents
    from residence
    union all
    select 'indicator_assessment', recorded_at, json_array(
        'indicator_assessment', assessment_id, child_id, assessed_on,
        make_timestamp(epoch_us(recorded_at))::varchar || '+00',
        income, education, employment, stimulation, housing, health
    )::varchar
    from indicator_assessment
    union all
    select 'agreement', recorded_at, json_array(
        'agreement', agreement_id, make_timestamp(epoch_us(recorded_at))::varchar || '+00',
        kbo, local_team_id, signed_on, valid_from, valid_until, ended_on, min_criteria
    )::varchar
    from agreement
    union all
    select 'protocol', recorded_at, json_array(
        'protocol', protocol_id, make_timestamp(epoch_us(recorded_at))::varchar || '+00',
        kbo, legal_basis, kind, signed_on, published_url, recipient_published_url,
        dpo_advice_on, recipient_dpo_advice_on, valid_from, valid_until, ended_on, fields, retention_days
    )::varchar
    from protocol
    union all
    select 'consent_event', recorded_at, json_array(
        'consent_event', event_id, parent_id, kbo, kind, text_version, fields, valid_until,
        make_timestamp(epoch_us(occurred_at))::varchar || '+00',
        make_timestamp(epoch_us(recorded_at))::varchar || '+00'
    )::varchar
    from consent_event
    union all
    select 'consent_text', null, json_array('consent_text', text_version)::varchar
    from consent_text
)
select feed, recorded_at, (md5_number(contents) >> 64)::ubigint as row_hash
from row_text
