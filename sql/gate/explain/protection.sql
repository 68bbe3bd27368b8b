-- Whether the current residence of each parent of a family is protected, and each protection that was recorded after it.
select
    'residence of parent ' || parent_id || ' from ' || residence.valid_from || ', recorded ' || residence.recorded_at
        as row_id,
    case
        when residence.recorded_at > home.recorded_at then 'protected, recorded after the current one'
        when is_protected then 'protected'
        else 'open'
    end as says
from parent join current_residence as home using (parent_id) join residence using (parent_id), moment
where family_id = $family
  and (
    (residence.valid_from = home.valid_from and residence.recorded_at = home.recorded_at)
    or (
        residence.confidential is not false
        and residence.valid_from <= day
        and residence.recorded_at > home.recorded_at
        and residence.recorded_at <= known_at
    )
  )
order by parent_id, residence.recorded_at
