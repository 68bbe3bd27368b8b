-- Children under the age limit with their latest valid assessment, and how many criteria are weak in it (reason 7).
-- Not valid: no criterion filled, before birth, in the future. NULL is not weak. One that does not say when it was
-- recorded is known, and sets its family apart (reason 1). A child born on 29 February has its birthday on 1 March when
-- the year has no 29 February.
create temp table assessed_child as
with young as (
    select child_id, family_id, birth_date
    from child, moment
    where day < birth_date
        + to_years(child_age_limit_years)
        + to_days(case
            when day(birth_date) = 29 and day(birth_date + to_years(child_age_limit_years)) = 28 then 1
            else 0
        end)
)
select
    child_id,
    family_id,
    assessment_id,
    income::integer + education::integer + employment::integer
        + stimulation::integer + housing::integer + health::integer as weak
from (
    select
        young.*,
        indicator_assessment.* exclude (child_id, income, education, employment, stimulation, housing, health),
        coalesce(income, false) as income,
        coalesce(education, false) as education,
        coalesce(employment, false) as employment,
        coalesce(stimulation, false) as stimulation,
        coalesce(housing, false) as housing,
        coalesce(health, false) as health
    from young join indicator_assessment using (child_id)
    where coalesce(income, education, employment, stimulation, housing, health) is not null
), moment
where coalesce(recorded_at <= known_at, true) and assessed_on between birth_date and moment.day
qualify row_number() over (
    partition by child_id order by assessed_on desc, recorded_at desc, assessment_id desc
) = 1
