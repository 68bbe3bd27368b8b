-- Each child's assessment that counts on 31 December of the year: the gate's rule (sql/gate/09_assessed_child.sql), read
-- on that day: among the valid ones the latest day assessed, then the latest recorded, then the highest id.
-- Not valid: no criterion filled, before birth, after that 31 December. NULL is not weak.
create or replace temp table assessed as
select
    child_id,
    coalesce(income, false) as income,
    coalesce(education, false) as education,
    coalesce(employment, false) as employment,
    coalesce(stimulation, false) as stimulation,
    coalesce(housing, false) as housing,
    coalesce(health, false) as health
from indicator_assessment join (select child_id, max(birth_date) as birth_date from child group by child_id) using (child_id)
where coalesce(income, education, employment, stimulation, housing, health) is not null
    and recorded_at <= $known_at::timestamptz and assessed_on between birth_date and $year_end::date
qualify row_number() over (partition by child_id order by assessed_on desc, recorded_at desc, assessment_id desc) = 1
