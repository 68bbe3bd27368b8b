-- Parents to whom a no of the ledger's suppression list stands for a recipient, counted apart from the gate and from
-- sql/gate/suppression/, in other words: a line of this row or of its INSZ, which nobody lifted, and the latest sound grant of
-- this row is not later than it in both ways. A line for everyone is counted where the parent has a grant. A line that a
-- recipient returned is about each row that has the same INSZ by now, too.
with row_hash as (
    select
        parent_id,
        key_id,
        unnest([
            keyed_hash(inner_pad, outer_pad, 'parent:' || parent_id),
            keyed_hash(inner_pad, outer_pad, 'insz:' || insz_digits(insz))
        ]) as hash
    from parent, key_pad
),
line as (
    select id, key_id, kbo, counts_from, recorded_at, unnest([person, insz]) as hash, returned_row from kept_no
),
named as (
    select parent_id, id, kbo, counts_from, recorded_at from row_hash join line using (key_id, hash)
    union
    select twin.parent_id, id, kbo, counts_from, recorded_at
    from line
    join row_hash using (key_id, hash)
    join parent as own on own.parent_id = row_hash.parent_id
    join parent as twin on insz_digits(twin.insz) = insz_digits(own.insz)
    where returned_row is not null
),
yes as (
    select parent_id, kbo, max({'occurred_at': occurred_at, 'recorded_at': recorded_at}) as latest
    from consent_event, moment
    where kind = 'grant'
      and recorded_at <= known_at
      and occurred_at <= decided_at
      and not is_blank(text_version)
      and regexp_full_match(
          fields, format('\p{{Z}}*({0})\p{{Z}}*(,\p{{Z}}*({0})\p{{Z}}*)*', array_to_string(decree_fields, '|'))
      )
    group by parent_id, kbo
),
against as (
    select distinct parent_id, id, named.kbo as to_whom, coalesce(named.kbo, yes.kbo) as kbo, counts_from, recorded_at
    from named left join yes using (parent_id)
)
select distinct parent_id, against.kbo
from against left join yes using (parent_id, kbo)
where against.kbo is not null
  and (id, against.kbo) not in (select (id, kbo) from lifted_no where kbo is not null)
  and id not in (select id from lifted_no where kbo is null)
  and (latest.occurred_at > counts_from and latest.recorded_at > against.recorded_at) is not true
order by against.kbo, parent_id
