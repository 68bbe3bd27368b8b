-- Parents that the gate lets pass the tenth reason, and to whom a no of the list stands for that recipient: a no of this row,
-- or of one with the same INSZ, that no person lifted, and that the grant looked at is not later than in both ways by the
-- agency's own clock. Of a no that the recipient itself returned no event is in the feed by which the gate finds the rows of
-- one person, so that it is about each row that has the same INSZ by now, too.
create temp table withheld_by_list as
with passing as (
    select parent_id, kbo
    from decision
    where kbo is not null
      and (reason is null or reason in ('no_consent', 'consent_expired', 'text_not_accepted', 'fields'))
),
hashed as (
    select
        parent_id,
        passing.kbo,
        key_id,
        keyed_hash(inner_pad, outer_pad, 'parent:' || parent_id) as person,
        keyed_hash(inner_pad, outer_pad, 'insz:' || insz_digits(insz)) as insz
    from passing join parent using (parent_id), key_pad
),
at_home as (
    select parent_id as said_by, key_id, keyed_hash(inner_pad, outer_pad, 'parent:' || parent_id) as person
    from parent, key_pad
    where key_id in (select key_id from kept_no where returned_row is not null)
),
returned as (
    select kept.*, said_by from kept_no as kept join at_home using (key_id, person) where returned_row is not null
),
stands as (
    select parent_id, hashed.kbo, kept.* exclude (kbo), kept.kbo as kept_kbo
    from hashed join kept_no as kept on kept.key_id = hashed.key_id and kept.person = hashed.person
    union all
    select parent_id, hashed.kbo, kept.* exclude (kbo), kept.kbo
    from hashed join kept_no as kept on kept.key_id = hashed.key_id and kept.insz = hashed.insz
    where kept.person <> hashed.person
    union all
    select other.parent_id, passing.kbo, returned.* exclude (kbo, said_by), returned.kbo
    from returned
    join same_person as own on own.parent_id = said_by
    join same_person as other on other.person = own.person and other.parent_id <> said_by
    join passing on passing.parent_id = other.parent_id
)
select distinct stands.parent_id, stands.kbo, id, stands.counts_from, stands.recorded_at, stands.night, returned_row
from stands left join consent on consent.parent_id = stands.parent_id and consent.kbo = stands.kbo
where (kept_kbo is null or kept_kbo = stands.kbo)
  and not exists (
    select 1 from lifted_no where lifted_no.id = stands.id and (lifted_no.kbo is null or lifted_no.kbo = stands.kbo)
  )
  and (
    event_id is not null
    and consent.occurred_at > stands.counts_from
    and consent.recorded_at > stands.recorded_at
  ) is not true
