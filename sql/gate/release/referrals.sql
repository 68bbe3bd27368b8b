-- The rows that the decisions let pass, with the fields they name and nothing else; a blank value is NULL.
-- `decision` is the table of decisions of this snapshot.
select
    decision.kbo,
    parent.parent_id,
    first_name,
    last_name,
    case when has_address and contains(fields, 'address') then street end as street,
    case when has_address and contains(fields, 'address') then house_number end as house_number,
    case when has_address and contains(fields, 'address') then box_number end as box_number,
    case when has_address and contains(fields, 'address') then postal_code end as postal_code,
    case when has_address and contains(fields, 'address') then municipality.name end as municipality,
    case when contains(fields, 'phone') and not is_blank(phone) then phone end as phone,
    case when contains(fields, 'email') and not is_blank(email) then email end as email
from decision
join parent using (parent_id)
join current_residence using (parent_id)
join residence using (parent_id, valid_from, recorded_at)
join municipality on municipality.nis_code = current_residence.current_code, moment
where outcome = 'released'
  and coalesce(municipality.valid_from <= day, true) and coalesce(day <= municipality.valid_until, true)
order by decision.kbo, parent.parent_id
