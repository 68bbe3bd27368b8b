-- What became of one NIS code: each merger on the way, and whether it had taken place.
with recursive step(old_nis_code, new_nis_code, merged_on) as (
    select old_nis_code, new_nis_code, merged_on from merger where old_nis_code = $nis_code
    union
    select merger.old_nis_code, merger.new_nis_code, merger.merged_on
    from merger join step on merger.old_nis_code = step.new_nis_code
)
select
    'merger of ' || old_nis_code || ' into ' || new_nis_code || ' on ' || merged_on as row_id,
    case when merged_on <= day then 'counts' else 'does not hold yet' end as says
from step, moment
order by merged_on, old_nis_code
