-- The digits of an INSZ, whatever stands between them; NULL without any. Those of full width and Arabic ones are read
-- as the others, so that they hide nobody.
create temp macro insz_digits(text) as nullif(
    regexp_replace(
        translate(text, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^0-9]', '', 'g'
    ),
    ''
)
