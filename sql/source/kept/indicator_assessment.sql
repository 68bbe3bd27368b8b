-- Assessments recorded before an instant: how many, and two sums that differ when one is gone, or is of another child.
select
    count(*) as rows,
    cast(coalesce(sum(assessment_id % 65521), 0) as bigint) as first_sum,
    cast(coalesce(sum((assessment_id % 65521) * (child_id % 65519)), 0) as bigint) as second_sum
from indicator_assessment
where second_of(recorded_at) < $before
