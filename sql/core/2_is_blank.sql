-- Blank: NULL, empty, or nothing but white space, separators and invisible characters. A text that begins with a visible
-- character of ASCII, as nearly every one does, is not: that is seen in a third of the time.
create temp macro is_blank(text) as
case
    when ascii(text) between 33 and 126 then false
    else coalesce(regexp_full_match(text, '[\s\p{Z}\p{C}]*'), true)
end
