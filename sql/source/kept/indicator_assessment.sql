-- Assessments recorded before an instant: how many, and two sums that differ when one is gone, or is of another child, day or
-- criteria.
select
    count(*) as rows,
    cast(coalesce(sum(assessment_id % 65521), 0) as bigint) as first_sum,
    cast(coalesce(sum((assessment_id % 65521 + 1) * ((
        child_id % 65519
        + 3 * coalesce(day_of(assessed_on), -1)
        + 5 * second_of(recorded_at)
        + 7 * case when income then 1 when not income then 2 else 0 end
        + 21 * case when education then 1 when not education then 2 else 0 end
        + 63 * case when employment then 1 when not employment then 2 else 0 end
        + 189 * case when stimulation then 1 when not stimulation then 2 else 0 end
        + 567 * case when housing then 1 when not housing then 2 else 0 end
        + 1701 * case when health then 1 when not health then 2 else 0 end
    ) % 65519)), 0) as bigint) as second_sum
from indicator_assessment
where second_of(recorded_at) < $before
