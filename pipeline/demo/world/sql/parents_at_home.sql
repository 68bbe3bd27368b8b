-- Every parent who is alive, with the home that holds on the day $1.
select parent_id, family_id, nis_code, confidential
from (
    select
        parent.parent_id, parent.family_id, residence.nis_code, residence.confidential,
        row_number() over (
            partition by parent.parent_id order by residence.valid_from desc, residence.recorded_at desc
        ) as place
    from residence join parent on parent.parent_id = residence.parent_id
    where residence.valid_from <= $1 and parent.deceased_on is null
) as homes
where place = 1
order by parent_id
