-- Today's decisions, each beside what was decided then where that differs; no personal value.
select
    coalesce(after.parent_id, difference.parent_id) as parent_id,
    coalesce(outcome, 'outside') as outcome,
    kbo,
    reason,
    fields,
    on_record as said_then,
    array_to_string(causes, '; ') as because
from after full join difference using (parent_id)
where coalesce(after.parent_id, difference.parent_id) is not null
order by parent_id
