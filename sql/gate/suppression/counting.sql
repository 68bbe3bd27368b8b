-- How many noes count now, for whomever.
select count(*) as noes
from counting_tonight
