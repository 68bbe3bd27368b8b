-- Row checks that only count: a phone or e-mail of no known form goes as it stands (DOMAIN: checks before the gate).
-- Known: a number of Belgium (0 and 8 or 9 digits) or of any country (+ or 00 and 8 to 15 digits), however it is
-- set apart; an e-mail with something before one "@" and a dot in what follows it.
create temp view odd_contact as
with bare as (
    select phone, email, translate(replace(phone, '(0)', ''), ' ./()-', '') as number from parent
)
select 'parent' as feed, 'phone_form' as rule
from bare
where not is_blank(phone) and not regexp_full_match(number, '0[1-9][0-9]{7,8}|(\+|00)[1-9][0-9]{7,14}')
union all
select 'parent', 'email_form'
from bare
where not is_blank(email) and not regexp_full_match(email, '[^@\s]+@[^@\s.]+(\.[^@\s.]+)+')
