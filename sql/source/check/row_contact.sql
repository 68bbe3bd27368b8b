-- Row checks that only count: a phone or e-mail of no known form goes as it stands (DOMAIN: checks before the gate).
-- Known: a number of Belgium (0 and 8 or 9 digits) or of any country (+ or 00 and 8 to 15 digits), however it is
-- set apart; an e-mail with something before one "@" and a dot in what follows it.
-- The first two patterns only save time: what has that form has the form of the third.
create temp view odd_contact as
select 'parent' as feed, 'phone_form' as rule
from parent
where case
    when phone is null then false
    when regexp_full_match(phone, '0[1-9]([ ./-]?[0-9]){7,8}') then false
    when regexp_full_match(phone, '(\+|00)[1-9]([ ./-]?[0-9]){7,14}') then false
    when regexp_full_match(
        translate(replace(phone, '(0)', ''), ' ./()-', ''), '0[1-9][0-9]{7,8}|(\+|00)[1-9][0-9]{7,14}'
    ) then false
    else not is_blank(phone)
end
union all
select 'parent', 'email_form'
from parent
where case
    when email is null or regexp_full_match(email, '[^@\s]+@[^@\s.]+(\.[^@\s.]+)+') then false
    else not is_blank(email)
end
