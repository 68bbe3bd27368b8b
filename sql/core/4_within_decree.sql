-- Whether a list of fields asks for nothing outside the decree's.
create temp macro within_decree(text, decree_fields) as list_has_all(decree_fields, field_list(text))
