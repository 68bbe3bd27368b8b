-- Parents to whom a no counts for a recipient, counted apart from the gate and in other words (sql/gate/13 to 17): some
-- no is known, of a row with the same INSZ, and the latest sound grant of this row is not later than it both in when it
-- was said and in when it was recorded. A no to everyone is counted where the parent has a grant: nobody else could get
-- the row.
with member as (
    select parent_id, insz_digits(insz) as number from parent
),
said as (
    select
        consent_event.* exclude (fields),
        coalesce(number, 'of row ' || parent_id) as who,
        kind is not distinct from 'grant'
            and occurred_at is not null
            and not is_blank(text_version)
            and coalesce(regexp_full_match(
                fields, format('\p{{Z}}*({0})\p{{Z}}*(,\p{{Z}}*({0})\p{{Z}}*)*', array_to_string(decree_fields, '|'))
            ), false) as says_yes
    from consent_event join member using (parent_id), moment
    where recorded_at is null or recorded_at <= known_at
),
yes as (
    select parent_id, kbo, max({'occurred_at': occurred_at, 'recorded_at': recorded_at}) as latest
    from said, moment
    where says_yes and occurred_at <= decided_at
    group by parent_id, kbo
),
placed as (
    select distinct kbo
    from recipient join recipient_municipality as served using (kbo) join municipality using (nis_code), moment
    where served.valid_from <= day and (served.valid_until is null or served.valid_until >= day)
      and (municipality.valid_from is null or municipality.valid_from <= day)
      and (municipality.valid_until is null or municipality.valid_until >= day)
),
no as (
    select
        who,
        said.kbo,
        recorded_at,
        case when occurred_at < recorded_at or recorded_at is null then occurred_at else recorded_at end as since,
        kind is distinct from 'grant' and placed.kbo is null as is_to_all
    from said left join placed using (kbo), moment
    where not says_yes and (since is null or since <= decided_at)
),
against as (
    select parent_id, kbo, since, recorded_at
    from no join member on who = coalesce(number, 'of row ' || parent_id)
    where not is_to_all
    union all
    select parent_id, yes.kbo, since, recorded_at
    from no join member on who = coalesce(number, 'of row ' || parent_id) join yes using (parent_id)
    where is_to_all
)
select distinct parent_id, kbo
from against left join yes using (parent_id, kbo)
where kbo is not null and (latest.occurred_at > since and latest.recorded_at > against.recorded_at) is not true
order by kbo, parent_id
