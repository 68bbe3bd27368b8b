-- Who gets a drop, rows or none: each recipient that has an agreement and a protocol in force.
create temp table covered as
select
    kbo,
    recipient.name,
    list_sort(list_distinct(flatten(list(agreements)))) as agreements,
    any_value(protocols) as protocols,
    any_value(retention_days) as retention_days
from recipient join agreement_terms using (kbo) join protocol_terms using (kbo)
group by kbo, recipient.name
