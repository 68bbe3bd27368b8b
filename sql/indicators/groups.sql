-- The municipalities of the day, by province and by region (REFNIS): what an index is published of.
with row as (
    select nis as nis_code, provincie_nis as province, gewest_nis as region
    from read_csv(
        $folder || '/municipalities_*.csv', header = true, delim = ',', auto_detect = false,
        columns = {
            'nis': 'varchar', 'naam': 'varchar', 'naam_fr': 'varchar', 'arrondissement_nis': 'varchar',
            'arrondissement': 'varchar', 'provincie_nis': 'varchar', 'provincie': 'varchar', 'gewest_nis': 'varchar'
        }
    )
),
named as (select nis_code, unnest([province, region]) as area from row)
select area, list(distinct nis_code order by nis_code) as nis_codes
from named join municipality using (nis_code)
where area is not null
    and coalesce(valid_from <= $day::date, true) and coalesce($day::date <= valid_until, true)
group by area
order by area
