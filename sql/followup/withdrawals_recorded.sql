-- Parents whose latest word to a recipient is no, counted apart from the gate and in other words (sql/gate/13): some
-- withdrawal or malformed event is known, and no sound grant counts from later than it.
with said as (
    select
        parent_id,
        kbo,
        occurred_at,
        recorded_at,
        kind is not distinct from 'grant'
            and not is_blank(text_version)
            and coalesce(regexp_full_match(
                fields, format('\p{{Z}}*({0})\p{{Z}}*(,\p{{Z}}*({0})\p{{Z}}*)*', array_to_string(decree_fields, '|'))
            ), false) as says_yes
    from consent_event, moment
    where recorded_at <= known_at
),
no as (
    select parent_id, kbo, case when occurred_at < recorded_at then occurred_at else recorded_at end as since
    from said
    where not says_yes
)
select distinct no.parent_id, no.kbo
from no, moment
where no.since <= decided_at
  and not exists (
    from said
    where said.says_yes and said.parent_id = no.parent_id and said.kbo = no.kbo
      and said.occurred_at <= decided_at and said.occurred_at > no.since
  )
order by kbo, parent_id
