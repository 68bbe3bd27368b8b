-- The rows of one person, by number or by parent_id: which fields are filled today. No value leaves this query.
select
    parent.parent_id,
    parent.family_id,
    not is_blank(first_name) and not is_blank(last_name) as has_name,
    coalesce(current_residence.has_address, false) as has_address,
    not is_blank(phone) as has_phone,
    not is_blank(email) as has_email,
    coalesce(current_residence.is_protected, false) as is_protected
from parent left join current_residence using (parent_id)
where parent.parent_id = $parent or insz_digits(insz) = $insz
order by parent.parent_id
