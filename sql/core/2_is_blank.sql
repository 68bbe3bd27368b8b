-- Blank: NULL, empty, or nothing but white space, separators and invisible characters.
create temp macro is_blank(text) as coalesce(regexp_full_match(text, '[\s\p{Z}\p{C}]*'), true)
