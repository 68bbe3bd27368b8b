-- How many criteria are weak in the latest assessment of each child born from the day $1 on, made by the day $2.
select child_id, weak
from (
    select
        seen.child_id,
        case when income then 1 else 0 end + case when education then 1 else 0 end
            + case when employment then 1 else 0 end + case when stimulation then 1 else 0 end
            + case when housing then 1 else 0 end + case when health then 1 else 0 end as weak,
        row_number() over (
            partition by seen.child_id order by assessed_on desc, recorded_at desc, assessment_id desc
        ) as place
    from indicator_assessment as seen join child on child.child_id = seen.child_id
    where birth_date >= $1 and assessed_on >= birth_date and assessed_on <= $2
        and coalesce(income, education, employment, stimulation, housing, health) is not null
) as assessed
where place = 1
order by child_id
