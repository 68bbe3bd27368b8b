-- The versions of the consent text that are accepted on the day (reason 12).
create temp table accepted_text as
select text_version
from consent_text, moment
where accepted_from <= day and coalesce(day <= accepted_until, true)
