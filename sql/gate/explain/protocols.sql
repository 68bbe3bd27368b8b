-- The papers with one recipient, and each condition of being a protocol in force.
select protocol_id, recorded_at, is_this_flow, is_protocol, is_signed, agency_published, recipient_published,
    agency_advised, recipient_advised, has_begun, has_not_ended, suits_territory, is_sound, in_force
from protocol_state
where kbo = $kbo
order by protocol_id
