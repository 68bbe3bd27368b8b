-- Whether a list of fields asks for nothing outside the decree of 4 February 2022.
create temp macro within_decree(text) as
list_has_all((select decree_fields from moment), field_list(text))
