-- Whether the current residence of each parent of a family is protected, and each other protection that counts.
with begun as (
    select parent_id, valid_from, recorded_at, confidential
    from residence, moment
    where coalesce(valid_from <= day, true) and coalesce(recorded_at <= known_at, true)
)
select
    concat(
        'residence of parent ', parent_id, ' from ', coalesce(begun.valid_from::varchar, '-'), ', recorded ',
        coalesce(begun.recorded_at::varchar, '-')
    ) as row_id,
    case
        when begun.recorded_at > home.recorded_at then 'protected, recorded after the current one'
        when begun.valid_from = home.valid_from and begun.recorded_at = home.recorded_at
            then case when is_protected then 'protected' else 'open' end
        else 'protected, and an impossible date hides which address is the current one'
    end as says
from parent join begun using (parent_id) left join current_residence as home using (parent_id)
where family_id = $family
  and (
    (begun.valid_from = home.valid_from and begun.recorded_at = home.recorded_at)
    or confidential is not false and (
        begun.recorded_at > home.recorded_at
        or parent_id in (select parent_id from begun where valid_from is null or recorded_at is null)
    )
  )
order by parent_id, begun.recorded_at
