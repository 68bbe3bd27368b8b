-- A comma-separated list of fields as a sorted list without doubles; a blank one is an empty list.
create temp macro field_list(text) as
case when is_blank(text) then [] else list_sort(list_distinct([trim(field) for field in string_split(text, ',')])) end
