-- What a recipient may get: of several protocols the fields that all of them name, and the shortest retention.
create temp table protocol_terms as
with terms as (
    select
        kbo,
        list(protocol_id order by protocol_id) as protocols,
        flatten(list(fields)) as named,
        min(retention_days) as retention_days
    from protocol_state
    where in_force
    group by kbo
)
select
    kbo,
    protocols,
    [field for field in decree_fields if len([name for name in named if name = field]) = len(protocols)] as fields,
    retention_days
from terms, moment
