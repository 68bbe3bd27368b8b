-- Withdrawals that are there now, that were not there when the last night was accepted, and that count for this recipient,
-- with each parent row to which one does, whatever else the feeds hold or lack (DOMAIN: a no that is seen is acted on in any
-- state).
--
-- Only a well-formed withdrawal that was recorded by now: what a malformed feed says is no seen no. An event whose id was
-- there that night is not new, however it was altered. Whom a no is for: this recipient; or everyone, where its kbo is
-- none at all, or where who serves where is loaded whole and its kbo is not among them. It is of every parent row with the
-- same INSZ. A grant for this recipient that is there and is later in both ways holds against it.
create temp table seen_no as
with placed as (
    select distinct kbo
    from recipient join serving using (kbo) join successor using (nis_code)
    where nis_code = current_code
),
no as (
    select
        parent_id,
        least(occurred_at, recorded_at) as counts_from,
        recorded_at,
        content,
        kbo is distinct from $kbo as is_to_all
    from event_text
    where kind = 'withdrawal'
      and coalesce(unparsable, 'occurred_at') = 'occurred_at'
      and recorded_at <= $ahead_until
      and (md5_number(json_array('consent_event.event_id', event_id)::varchar) >> 64)::ubigint
          not in (select row_hash from known_event_id)
      and (
          kbo = $kbo
          or not regexp_full_match(kbo, '[0-9]{10}')
          or ($places_are_known and kbo not in (select kbo from placed))
      )
),
about as (
    select *, parent_id as said_by from no
    union
    select no.* replace (other.parent_id as parent_id), no.parent_id as said_by
    from no join same_person as own using (parent_id) join same_person as other on other.person = own.person
)
select about.*
from about left join latest_grant on latest_grant.parent_id = about.parent_id and latest_grant.kbo = $kbo
where (latest_grant.occurred_at > counts_from and latest_grant.recorded_at > about.recorded_at) is not true
