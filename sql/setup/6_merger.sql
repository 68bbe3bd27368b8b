-- Which code went into which, and from when.
create temp table merger as
select oude_nis as old_nis_code, nieuwe_nis as new_nis_code, datum::date as merged_on
from read_csv($folder || '/mergers.csv', all_varchar = true)
