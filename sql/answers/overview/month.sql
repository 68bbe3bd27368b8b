-- The day's figures: papers of this flow signed, whatever became of them, and in force; who is covered, and who of those
-- got a drop within the window.
select
    day,
    (select count(*) from paper where kind = 'agreement' and is_signed) as agreements_signed,
    (select count(*) from paper where kind = 'agreement' and state = 'in_force') as agreements_in_force,
    (select count(*) from paper where kind = 'protocol' and is_this_flow and is_signed) as protocols_signed,
    (select count(*) from paper where kind = 'protocol' and state = 'in_force') as protocols_in_force,
    (select count(*) from covered) as authorities_in_force,
    (
        select count(*) from covered
        where kbo in (select kbo from delivered where night between day - $window_days::integer + 1 and day)
    ) as authorities_exchanging
from moment
