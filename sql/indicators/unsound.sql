-- Children with an assessment that could not be read, or that shares its id with another: what counts is in doubt.
create or replace temp table unsound as
select distinct child_id
from (
    select child_id, unparsable, count(*) over (partition by assessment_id) as same_id
    from indicator_assessment
    where coalesce(recorded_at <= $known_at::timestamptz, true)
)
where unparsable is not null or same_id > 1
