-- Those noes as the suppression list has them, under the key in use, and the parent row of each; as in
-- sql/gate/suppression/4_tonights_no.sql, also for a parent whose row is not loaded.
select distinct
    seen_no.parent_id,
    key_id,
    keyed_hash(inner_pad, outer_pad, 'parent:' || seen_no.parent_id) as person,
    keyed_hash(inner_pad, outer_pad, 'insz:' || insz_digits(insz)) as insz,
    keyed_hash(inner_pad, outer_pad, content) as event,
    case when not is_to_all then $kbo end as kbo,
    said_by = seen_no.parent_id as is_own,
    false as is_grant,
    counts_from,
    recorded_at,
    null::bigint as returned_row
from seen_no left join parent on parent.parent_id = seen_no.parent_id, key_pad
where is_current
order by seen_no.parent_id, event
