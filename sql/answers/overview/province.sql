-- The province of every NIS code that was ever in use; Brussels has none and is named as a region (REFNIS).
create temp table province as
select distinct nis as nis_code, coalesce(provincie, $brussels::varchar) as name
from read_csv(
    $folder || '/municipalities_*.csv', header = true, delim = ',', auto_detect = false,
    columns = {
        'nis': 'varchar', 'naam': 'varchar', 'naam_fr': 'varchar', 'arrondissement_nis': 'varchar',
        'arrondissement': 'varchar', 'provincie_nis': 'varchar', 'provincie': 'varchar', 'gewest_nis': 'varchar'
    }
)
