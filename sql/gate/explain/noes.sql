-- Each no that stands against one parent's consent for one recipient, in a sentence: which grant it beats, and why. Only
-- noes that the grant looked at is not later than in both ways; all that count where no grant is looked at.
select concat(
    'consent_event ',
    no.event_id,
    case kind when 'withdrawal' then ', a withdrawal,' when 'grant' then ', a malformed grant,' else ', of unknown kind,' end,
    case when consent_event.parent_id <> $parent
        then ' of parent ' || consent_event.parent_id || ', the same person by INSZ,' else '' end,
    case when is_to_all then ' to everyone since its kbo is of no recipient that serves on the day,' else '' end,
    case when consent.event_id is null then ' stands, and no grant counts'
        else ' beats the grant of consent_event ' || consent.event_id || ': ' || concat_ws(
            ' and ',
            case when consent.occurred_at <= no.counts_from
                then 'the grant occurred ' || consent.occurred_at || ', not after the no counts from, ' || no.counts_from
            end,
            case when consent.recorded_at <= no.recorded_at
                then 'the grant was recorded ' || consent.recorded_at || ', not after the no was, ' || no.recorded_at
            end
        )
    end
) as says
from consent
join same_person using (parent_id)
join counting_no as no on no.person = same_person.person and (no.kbo = consent.kbo or no.is_to_all)
join consent_event on consent_event.event_id = no.event_id
where consent.parent_id = $parent and consent.kbo = $kbo
  and (consent.event_id is null or consent.occurred_at <= no.counts_from or consent.recorded_at <= no.recorded_at)
order by no.event_id
