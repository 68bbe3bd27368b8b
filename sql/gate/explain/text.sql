-- One version of the consent text.
select
    'consent_text ' || text_version as row_id,
    concat_ws(' ', 'accepted from', accepted_from, 'until ' || accepted_until) as says
from consent_text
where text_version = $text_version
