-- For sql/source/kept/: an instant in whole seconds and a date in days since 1970; a text by its digits and length, or by its
-- length and its first `most` characters. As the agency's database makes them (pipeline/source/kept_sums.py).
create or replace temp macro second_of(instant) as floor(epoch(instant))::bigint;
create or replace temp macro day_of(day) as datediff('day', date '1970-01-01', day);
create or replace temp macro number_of(text) as
    case when regexp_full_match(text, '[0-9]{1,15}') then text::bigint else 0 end + length(text);
create or replace temp macro code_of(text, most) as 1031 * length(text)
    + list_sum([place * greatest(unicode(letter), 0)
        for letter, place in string_split(left(text, most), '')])::bigint
