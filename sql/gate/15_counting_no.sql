-- Each no that counts at the instant, and the person whose it is: it counts for every parent row of that person.
create temp table counting_no as
select person, kbo, not is_placed as is_to_all, event_id, counts_from, recorded_at
from known_event join same_person using (parent_id), moment
where not is_grant and counts_from <= decided_at
