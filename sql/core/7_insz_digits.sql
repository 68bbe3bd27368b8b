-- The digits of an INSZ, whatever stands between them; NULL without any. Those of full width and Arabic ones are read
-- as the others, so that they hide nobody.
create temp macro insz_digits(text) as
case
    when regexp_full_match(text, '[0-9]+') then text  -- the same, in a tenth of the time
    else nullif(
        regexp_replace(
            translate(text, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^0-9]', '', 'g'
        ),
        ''
    )
end
