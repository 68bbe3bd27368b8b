-- Those families.
where family_id in $families
