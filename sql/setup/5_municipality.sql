-- Every municipality of Flanders and Brussels with the dates between which its code held (REFNIS).
create temp table municipality as
select nis as nis_code, naam as name, null::date as valid_from, date '2018-12-31' as valid_until
from read_csv($folder || '/municipalities_2018.csv', all_varchar = true)
union all
select nis, naam, date '2019-01-01', date '2024-12-31'
from read_csv($folder || '/municipalities_2019_2024.csv', all_varchar = true)
union all
select nis, naam, date '2025-01-01', null
from read_csv($folder || '/municipalities_2025.csv', all_varchar = true)
union all
select nis, naam, null, null
from read_csv($folder || '/municipalities_brussels.csv', all_varchar = true)
