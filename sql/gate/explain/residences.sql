-- Every residence on record of one parent: which counts, and why the others do not.
select
    concat(
        'residence of parent ', parent_id, ' from ', coalesce(valid_from::varchar, '-'), ', recorded ',
        coalesce(residence.recorded_at::varchar, '-')
    ) as row_id,
    case
        when current_residence.parent_id is not null then 'counts'
        when residence.recorded_at > known_at then 'not known yet'
        when valid_from > day then 'does not hold yet'
        when valid_from is null or residence.recorded_at is null then 'cannot be placed: its date is impossible'
        else 'an earlier one'
    end as says
from residence left join current_residence using (parent_id, valid_from, recorded_at), moment
where parent_id = $parent
order by valid_from, residence.recorded_at
