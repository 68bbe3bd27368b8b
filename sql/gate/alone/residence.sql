select *
from residence semi join withheld_for_address using (parent_id)
