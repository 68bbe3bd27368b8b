-- The six criteria, per child and assessment; append-only.
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
