-- Those noes as the list has them: a line for each parent row to which one counts, for one recipient or for everyone (NULL),
-- with the agency's own instants, under every key. `is_own`: the event is of that very row, not of another row of the
-- person. A no to nobody that is registered counts for nobody yet.
create temp table tonights_no as
select
    parent.parent_id,
    event_id,
    said.kind is not distinct from 'grant' as is_grant,
    said.parent_id = parent.parent_id as is_own,
    case when not is_to_all then counting.kbo end as kbo,
    least(occurred_at, recorded_at) as counts_from,
    recorded_at,
    key_id,
    is_current,
    keyed_hash(inner_pad, outer_pad, 'parent:' || parent.parent_id) as person,
    keyed_hash(inner_pad, outer_pad, 'insz:' || insz_digits(insz)) as insz,
    keyed_hash(inner_pad, outer_pad, content) as event
from counting_tonight as counting
join same_person using (person)
join parent on parent.parent_id = same_person.parent_id
join event_text as said using (event_id), key_pad
where is_to_all or counting.kbo in (select recipient.kbo from recipient where regexp_full_match(recipient.kbo, '[0-9]{10}'))
