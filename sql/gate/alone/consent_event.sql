-- What these persons said.
select *
from consent_event semi join row_of_person using (parent_id)
