-- The gate of sql/gate/ in one query, as one would write it to have the rows and nothing else: no reason for who is
-- withheld, no counts, no papers reported; decided once, since this agency has no rows that are recorded ahead. Texts
-- are compared as they are: dates and instants of one form sort as they should. NULL is '' here ('-' for an INSZ, 3 for
-- a threshold, -1 for a criterion).
with recursive moment as (
    select
        timezone('Europe/Brussels', $now)::date::varchar as day,
        strftime(timezone('UTC', $now), '%Y-%m-%d %H:%M:%S+00:00') as now,
        (timezone('Europe/Brussels', $now)::date - interval 3 years)::date::varchar as born_after
),
municipality as (
    select nis as nis_code, naam as name
    from read_csv(
        ['{reference}/municipalities_2018.csv', '{reference}/municipalities_2019_2024.csv',
         '{reference}/municipalities_2025.csv', '{reference}/municipalities_brussels.csv'],
        all_varchar = true, filename = true, union_by_name = true
    ), moment
    where filename like '%brussels.csv'
       or filename like '%2025.csv' and day >= '2025'
       or filename like '%2019_2024.csv' and day between '2019' and '2025'
       or filename like '%2018.csv' and day < '2019'
),
merger as (
    select oude_nis, nieuwe_nis, datum
    from read_csv('{reference}/mergers.csv', all_varchar = true), moment
    where datum <= day
),
walk(nis_code, reached) as (
    select nis_code, nis_code from (select nis_code from municipality union select oude_nis from merger)
    union
    select walk.nis_code, nieuwe_nis from walk join merger on oude_nis = reached
),
successor as (
    select walk.nis_code, any_value(reached) as current_code, any_value(name) as municipality
    from walk join municipality on municipality.nis_code = reached
    group by all
    having count(distinct reached) = 1
),
home as (
    select residence.*, current_code, municipality,
        not regexp_full_match(street, '[\s\p{Z}\p{C}]*') and not regexp_full_match(postal_code, '[\s\p{Z}\p{C}]*')
            as has_address
    from residence left join successor using (nis_code), moment
    where valid_from <= day and recorded_at <= now
    qualify row_number() over (partition by parent_id order by valid_from desc, recorded_at desc) = 1
),
protected_family as (
    select distinct family_id
    from parent join home using (parent_id) join residence as begun using (parent_id), moment
    where begun.confidential <> 0 and begun.valid_from <= day and begun.recorded_at <= now
      and (home.confidential <> 0 or begun.recorded_at > home.recorded_at)
),
serving as (
    select distinct kbo, nis_code from recipient_municipality, moment
    where valid_from <= day and (valid_until = '' or day <= valid_until)
),
served_by as (
    select nis_code, any_value(kbo) as kbo from serving group by nis_code having count(*) = 1
),
territory as (
    select kbo, max(datum) as shaped_on from serving join merger on nieuwe_nis = nis_code group by kbo
),
agreement_terms as (
    select kbo, local_team_id, max(min_criteria) as min_criteria
    from (
        select agreement.* from agreement, moment where recorded_at <= now
        qualify row_number() over (partition by agreement_id order by recorded_at desc) = 1
    ) left join territory using (kbo), moment
    where signed_on between '0' and day and valid_from <= day
      and (valid_until = '' or day <= valid_until) and (ended_on = '' or day <= ended_on)
      and (shaped_on is null or valid_from >= shaped_on) and min_criteria between 1 and 6
    group by kbo, local_team_id
),
protocol_terms as (
    select
        kbo,
        bool_and(contains(fields, 'name')) as name, bool_and(contains(fields, 'address')) as address,
        bool_and(contains(fields, 'phone')) as phone, bool_and(contains(fields, 'email')) as email
    from (
        select protocol.* from protocol, moment where recorded_at <= now
        qualify row_number() over (partition by protocol_id order by recorded_at desc) = 1
    ) left join territory using (kbo), moment
    where legal_basis = 'decree-2022-02-04' and kind = 'protocol'
      and signed_on between '0' and day and valid_from <= day
      and dpo_advice_on between '0' and day and recipient_dpo_advice_on between '0' and day
      and not regexp_full_match(published_url, '[\s\p{Z}\p{C}]*')
      and not regexp_full_match(recipient_published_url, '[\s\p{Z}\p{C}]*')
      and (valid_until = '' or day <= valid_until) and (ended_on = '' or day <= ended_on)
      and (shaped_on is null or valid_from >= shaped_on)
      and regexp_full_match(fields, '( *(name|address|phone|email) *(,|$))+') and fields not like '%,'
    group by kbo
),
need as (
    select family_id, max(weak) as weak
    from (
        select family_id,
            greatest(income, 0) + greatest(education, 0) + greatest(employment, 0)
                + greatest(stimulation, 0) + greatest(housing, 0) + greatest(health, 0) as weak
        from child join indicator_assessment using (child_id), moment
        where birth_date > born_after and assessed_on between birth_date and day and recorded_at <= now
          and greatest(income, education, employment, stimulation, housing, health) >= 0
        qualify row_number() over (
            partition by child_id order by assessed_on desc, recorded_at desc, assessment_id desc) = 1
    )
    group by family_id
),
person as (
    select parent_id, coalesce(nullif(regexp_replace(insz, '[^0-9]', '', 'g'), ''), 'row ' || parent_id) as person
    from parent
),
event as (
    select
        consent_event.*,
        person,
        kind = 'grant' and not regexp_full_match(text_version, '[\s\p{Z}\p{C}]*')
            and regexp_full_match(fields, '( *(name|address|phone|email) *(,|$))+') and fields not like '%,' as is_grant
    from consent_event join person using (parent_id), moment
    where recorded_at <= now
),
no as (
    select person, kbo, recorded_at, least(occurred_at, recorded_at) as counts_from,
        kind <> 'grant' and kbo not in (select kbo from serving join municipality using (nis_code)) as is_to_all
    from event, moment
    where not is_grant and counts_from <= now
),
consent as (
    select looked_at.*
    from (
        select event.* from event, moment where is_grant and occurred_at <= now
        qualify row_number() over (
            partition by parent_id, kbo order by occurred_at desc, recorded_at desc, event_id desc) = 1
    ) as looked_at
    anti join no on no.person = looked_at.person and (no.is_to_all or no.kbo = looked_at.kbo)
        and (no.counts_from >= looked_at.occurred_at or no.recorded_at >= looked_at.recorded_at)
),
candidate as (
    select
        served_by.kbo,
        parent.*,
        home.* exclude (parent_id, valid_from, recorded_at),
        protocol_terms.address and contains(consent.fields, 'address') and has_address as gets_address,
        protocol_terms.phone and contains(consent.fields, 'phone')
            and not regexp_full_match(parent.phone, '[\s\p{Z}\p{C}]*') as gets_phone,
        protocol_terms.email and contains(consent.fields, 'email')
            and not regexp_full_match(parent.email, '[\s\p{Z}\p{C}]*') as gets_email
    from parent
    join home using (parent_id)
    join family using (family_id)
    join need using (family_id)
    join served_by on served_by.nis_code = current_code
    join agreement_terms
        on agreement_terms.kbo = served_by.kbo and agreement_terms.local_team_id = family.local_team_id
    join protocol_terms on protocol_terms.kbo = served_by.kbo
    join consent on consent.parent_id = parent.parent_id and consent.kbo = served_by.kbo
    join consent_text using (text_version)
    anti join protected_family on protected_family.family_id = parent.family_id, moment
    where (deceased_on = '' or deceased_on > day)
      and weak >= agreement_terms.min_criteria
      and (consent.valid_until = '' or consent.valid_until >= day)
      and accepted_from <= day and (accepted_until = '' or day <= accepted_until)
      and protocol_terms.name and contains(consent.fields, 'name')
      and not regexp_full_match(first_name, '[\s\p{Z}\p{C}]*') and not regexp_full_match(last_name, '[\s\p{Z}\p{C}]*')
      and (insz = '-' or regexp_full_match(insz, '[0-9]{11}') and 97 - try_cast(right(insz, 2) as bigint) in (
          try_cast(left(insz, 9) as bigint) % 97, try_cast('2' || left(insz, 9) as bigint) % 97))
)
select
    kbo,
    first_name as voornaam,
    last_name as achternaam,
    case when gets_address then street end as straatnaam,
    case when gets_address then house_number end as huisnummer,
    case when gets_address then box_number end as busnummer,
    case when gets_address then postal_code end as postcode,
    case when gets_address then municipality end as gemeentenaam,
    case when gets_phone then phone end as telefoon,
    case when gets_email then email end as "e-mail"
from candidate
where gets_address or gets_phone or gets_email
