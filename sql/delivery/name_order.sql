-- The references of the rows of `name` in the order of a Flemish telephone book, by pipeline/delivery/workbook.py. A prefix
-- is part of the surname, and only letters and digits count first, so that De Smet, de Smet and Desmet, who sound alike,
-- are one list by first name, as are Émile and Emile. What is spelled otherwise follows the collation of Dutch.
with heard as (
    select
        achternaam, voornaam, referentie,
        lower(strip_accents(regexp_replace(achternaam, '[^\pL\pM\pN]', '', 'g'))) as surname,
        lower(strip_accents(regexp_replace(voornaam, '[^\pL\pM\pN]', '', 'g'))) as first_name
    from name
)
select referentie from heard
order by surname collate nl, first_name collate nl, achternaam collate nl, voornaam collate nl, referentie
