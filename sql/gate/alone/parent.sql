-- Each in a family of one.
select parent.* replace (parent_id as family_id)
from parent semi join row_of_person using (parent_id)
