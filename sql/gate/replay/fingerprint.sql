-- What the gate reads of the tables without history that bears on one parent alone, as keyed fingerprints: birth dates
-- and deaths could be guessed under a plain hash. With the parent in each, so that no two rows can be seen to be alike.
-- `family_id` is apart: where it changed, team and children are another family's, and the parent's row is the cause.
create temp table fingerprint as
with member as (
    select family_id, list(parent_id order by parent_id) as parents from parent group by family_id
),
failed as (
    select parent_id, list(rule order by rule) as rules from failed_parent
    where rule = 'parent_impossible' or not ends_with(rule, '_impossible')
    group by parent_id
),
twin as (
    select parent_id, list(parent_id order by parent_id) over (partition by person) as rows_of_person from same_person
),
born as (
    select
        family_id,
        list([child_id::varchar, birth_date::varchar, unparsable] order by child_id, birth_date) as children
    from child group by family_id
),
contents as (
    select
        parent.parent_id,
        json_array('family_id', parent_id, family_id)::varchar as of_family_id,
        json_array(
            'parent', parent_id, rules, deceased_on, is_blank(phone), is_blank(email), member.parents, rows_of_person
        )::varchar as of_parent,
        json_array('family', parent_id, local_team_id)::varchar as of_family,
        json_array('child', parent_id, children)::varchar as of_child
    from parent
    left join failed using (parent_id)
    left join twin using (parent_id)
    left join member using (family_id)
    left join family using (family_id)
    left join born using (family_id)
)
select
    parent_id,
    ('0x' || left(sha256($secret || of_family_id), 4))::usmallint as family_id,
    ('0x' || left(sha256($secret || of_parent), 8))::uinteger as parent,
    ('0x' || left(sha256($secret || of_family), 8))::uinteger as family,
    ('0x' || left(sha256($secret || of_child), 8))::uinteger as child
from contents
