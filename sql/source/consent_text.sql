-- The versions of what parents sign.
select
    text_version,
    accepted_from,
    accepted_until
from consent_text
