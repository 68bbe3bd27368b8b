-- Who serves one municipality, or did, or will.
select
    'recipient_municipality ' || kbo || ' serves ' || nis_code || ' from ' || valid_from as row_id,
    case
        when valid_from > day then 'does not hold yet'
        when valid_until < day then 'until ' || valid_until || ', no longer'
        when kbo not in (select kbo from recipient) then 'but feed recipient has no such row'
        else 'counts'
    end as says
from recipient_municipality, moment
where nis_code = $nis_code
order by kbo, valid_from
