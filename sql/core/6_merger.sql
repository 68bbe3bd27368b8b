-- Which code went into which, and from when.
create temp table merger as
select oude_nis as old_nis_code, nieuwe_nis as new_nis_code, datum as merged_on
from read_csv(
    $folder || '/mergers.csv', header = true, delim = ',', auto_detect = false,
    columns = {
        'oude_nis': 'varchar', 'oude_naam': 'varchar', 'nieuwe_nis': 'varchar', 'nieuwe_naam': 'varchar', 'datum': 'date'
    }
)
