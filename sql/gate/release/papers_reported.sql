-- Papers that would be in force on the day but for one thing, which a person must mend: signed before the latest
-- merger (to be renewed), or asking for what they may not (an error). Reported, never used.
select 'agreement' as paper, agreement_id as id, kbo, case when is_sound then 'to_be_renewed' else 'error' end as state
from agreement_state
where is_signed and has_begun and has_not_ended and not (suits_territory and is_sound)
union all
select 'protocol', protocol_id, kbo, case when is_sound then 'to_be_renewed' else 'error' end
from protocol_state
where is_this_flow and is_protocol and is_signed and has_begun and has_not_ended and not (suits_territory and is_sound)
order by paper, id
