-- The feed, of the parents that are released alone: referrals.sql needs no other.
create temp view residence as
from feeds.main.residence semi join (select parent_id from decision where outcome = 'released') using (parent_id)
