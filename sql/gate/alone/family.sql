select family.* replace (parent_id as family_id)
from family join withheld_for_address using (family_id)
