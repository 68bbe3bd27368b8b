-- The assessments of those children.
select
    assessment_id,
    child_id,
    assessed_on,
    recorded_at,
    income,
    education,
    employment,
    stimulation,
    housing,
    health
from indicator_assessment
where child_id in (
    select child_id from child where family_id in (
        select family_id from parent where parent_id in (select parent_id from consent_event where kbo = $1)
    )
)
