select indicator_assessment.* replace (child_of_one.number as child_id)
from indicator_assessment join child_of_one using (child_id)
