-- Row checks of a consent event (DOMAIN: consent): a malformed grant counts as a no, and so does an event of unknown
-- kind. An impossible occurred_at was made NULL by extract.
create temp view failed_consent_event as
with judged as (
    select event_id, unnest([
        case when kind is null or kind not in ('grant', 'withdrawal') then 'kind_unknown' end,
        case when kind = 'grant' and is_blank(text_version) then 'grant_without_text_version' end,
        case when kind = 'grant' and is_blank(fields) then 'grant_without_fields' end,
        case when kind = 'grant' and occurred_at is null then 'grant_without_instant' end,
        case when not within_decree(fields, decree_fields) then 'field_outside_decree' end
    ]) as rule
    from consent_event, moment
)
select event_id, rule from judged where rule is not null
