-- What a recipient has of whom and was not told to drop: each reference's newest line in a drop that counted, may have,
-- or was taken before it counted, unless a withdrawal followed; with `ever`, what it ever had. Runs in SQLite and PostgreSQL.
--
-- A recipient has few references and, after years, a great many lines: the references are found one after the other
-- in the index, and of each only its newest line is read.
with recursive
counted(sequence, manifest_sha256) as materialized (
    select sequence, manifest_sha256
    from publication_event
    where kbo = :kbo and kind in :may_be_held
    union
    -- One whose last event says that its GO file may be there: a host that cannot be asked hides no withdrawal.
    select event.sequence, event.manifest_sha256
    from publication_event event
    where event.kbo = :kbo and event.kind = :releasing and not exists (
        select 1 from publication_event later
        where later.kbo = :kbo and later.sequence = event.sequence and later.id > event.id and later.kind not in :at_rest
    )
),
-- The link in which a rendering was last meant to be sent: a withdrawal of before was of an earlier one of its number.
begun(sequence, manifest_sha256, link) as materialized (
    select sequence, manifest_sha256, max(link)
    from publication_event
    where kbo = :kbo and kind = :intent
    group by sequence, manifest_sha256
),
whom(reference) as (
    select min(reference) from disclosure where kbo = :kbo and reference > ''
    union all
    select (select min(line.reference) from disclosure line where line.kbo = :kbo and line.reference > whom.reference)
    from whom
    where whom.reference is not null
),
newest(id) as (
    select (
        select line.id
        from disclosure line
        where line.kbo = :kbo and line.reference = whom.reference and exists (
            select 1 from counted
            where counted.sequence = line.sequence and counted.manifest_sha256 = line.manifest_sha256
        )
        order by line.sequence desc, line.id desc
        limit 1
    )
    from whom
    where whom.reference is not null
)
select line.reference, line.person, line.insz, line.key_id, line.sequence
from newest
join disclosure line on line.id = newest.id
left join begun on begun.sequence = line.sequence and begun.manifest_sha256 = line.manifest_sha256
where :ever or not exists (
    select 1 from withdrawal told
    where told.kbo = :kbo and told.reference = line.reference
        and told.after_sequence >= line.sequence and told.link >= coalesce(begun.link, 0)
        and (cast(:but_of_run as text) is null or told.run_id <> :but_of_run)
)
order by line.reference
