-- Whether the current residence of each parent of a family is protected.
select
    'residence of parent ' || parent_id || ' from ' || valid_from || ', recorded ' || recorded_at as row_id,
    case when is_protected then 'protected' else 'open' end as says
from parent join current_residence using (parent_id)
where family_id = $family
order by parent_id
