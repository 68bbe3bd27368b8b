-- The decision as of now, beside the one as if the rows recorded ahead had been recorded now (`later_decision`): released
-- only if both release, to the same recipient, by the highest threshold, with the fields of both. The reason is that of
-- the first that withholds. Released to one recipient and to another: not exactly one serves there. The name is in both,
-- or neither would release.
create or replace temp table decision as
with beside as (
    select
        now.*,
        later.outcome = 'released' as later_releases,
        later.kbo as later_kbo,
        later.reason as later_reason,
        least(dossier.weak, later_dossier.weak) >= greatest(dossier.min_criteria, later_dossier.min_criteria) as needs,
        [field for field in string_split(now.fields, ',') if list_contains(string_split(later.fields, ','), field)]
            as shared,
        list_has_any(shared, dossier.reachable) and list_has_any(shared, later_dossier.reachable) as suffices
    from decision as now
    join dossier using (parent_id)
    left join later_decision as later using (parent_id)
    left join later_dossier using (parent_id)
),
judged as (
    select *, case
        when outcome <> 'released' then reason
        when later_releases is not true then coalesce(later_reason, 'no_need')
        when (later_kbo = kbo) is not true then 'not_served'
        when needs is not true then 'no_need'
        when suffices is not true then 'fields'
    end as first_reason
    from beside
)
select
    parent_id,
    case when first_reason is null then 'released' else 'withheld' end as outcome,
    case
        when outcome <> 'released' then kbo
        when later_releases is not true then later_kbo
        when first_reason is distinct from 'not_served' then kbo
    end as kbo,
    first_reason as reason,
    case when first_reason is null then array_to_string(shared, ',') end as fields
from judged
