-- Cooperation agreements, every version; append-only.
select
    agreement_id,
    recorded_at,
    kbo,
    local_team_id,
    signed_on,
    valid_from,
    valid_until,
    ended_on,
    min_criteria
from agreement
