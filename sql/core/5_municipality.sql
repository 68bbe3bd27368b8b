-- Every municipality of Flanders and Brussels with the dates between which its code held (REFNIS).
create temp table municipality as
with list(file, valid_from, valid_until) as (
    values
        ('municipalities_2018.csv', null, date '2018-12-31'),
        ('municipalities_2019_2024.csv', date '2019-01-01', date '2024-12-31'),
        ('municipalities_2025.csv', date '2025-01-01', null),
        ('municipalities_brussels.csv', null, null)
)
select nis as nis_code, naam as name, valid_from, valid_until
from read_csv(
    $folder || '/municipalities_*.csv', header = true, delim = ',', auto_detect = false, filename = true,
    columns = {
        'nis': 'varchar', 'naam': 'varchar', 'naam_fr': 'varchar', 'arrondissement_nis': 'varchar',
        'arrondissement': 'varchar', 'provincie_nis': 'varchar', 'provincie': 'varchar', 'gewest_nis': 'varchar'
    }
) as row
join list on ends_with(row.filename, '/' || list.file)
