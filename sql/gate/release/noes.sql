-- What a person may have to look at, counted every night: grants that do not hold although none of the noes that they lose
-- to is later in both ways (the person can have the grant recorded anew), noes that cannot be placed and count for
-- everyone, noes of a parent that no row knows and that can be applied to nobody, and persons under several rows.
select
    (
        select count(*) from (
            select consent.event_id
            from consent
            join same_person using (parent_id)
            join counting_no as no on no.person = same_person.person and (no.kbo = consent.kbo or no.is_to_all)
            where consent.event_id is not null and not consent.holds
            group by consent.event_id
            having bool_and(consent.occurred_at > no.counts_from or consent.recorded_at > no.recorded_at)
        )
    ) as beaten_grants,
    (select count(*) from counting_no where is_to_all) as to_everyone,
    (select count(*) from known_event anti join parent using (parent_id) where not is_grant) as of_unknown_parent,
    (select count(*) from (select person from same_person group by person having count(*) > 1)) as persons_of_several_rows
