-- Row checks of a parent's own row (DOMAIN: gate rule 1), and the rows about the parent that hold an impossible value:
-- which parent fails which rule. `unparsable` names the columns of which extract found the value impossible.
create temp table failed_parent as
with judged as (
    select parent_id, unnest([
        case
            when insz is null then null
            when not regexp_full_match(insz, '[0-9]{11}') then 'insz_form'
            -- Modulo 97 over the first nine digits, with "2" put in front for births from 2000 on.
            when 97 - try_cast(left(insz, 9) as bigint) % 97 <> try_cast(right(insz, 2) as bigint)
             and 97 - try_cast('2' || left(insz, 9) as bigint) % 97 <> try_cast(right(insz, 2) as bigint)
                then 'insz_modulo_97'
        end,
        case when is_blank(first_name) then 'first_name_blank' end,
        case when is_blank(last_name) then 'last_name_blank' end
    ]) as rule
    from parent
)
select parent_id, rule from judged where rule is not null
union all
select parent_id, feed || '_impossible' from impossible_row
