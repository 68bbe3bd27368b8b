-- Parents that the gate lets pass the tenth reason, and to whom a no of the list stands for that recipient: a no of this row,
-- or of one with the same INSZ, that no person lifted, and that the grant looked at is not later than in both ways by the
-- agency's own clock.
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
stands as (
    select parent_id, hashed.kbo, kept.* exclude (kbo), kept.kbo as kept_kbo
    from hashed join kept_no as kept on kept.key_id = hashed.key_id and kept.person = hashed.person
    union all
    select parent_id, hashed.kbo, kept.* exclude (kbo), kept.kbo
    from hashed join kept_no as kept on kept.key_id = hashed.key_id and kept.insz = hashed.insz
    where kept.person <> hashed.person
)
select stands.parent_id, stands.kbo, id, stands.counts_from, stands.recorded_at, stands.night
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
