-- Every recipient with an agreement, in force or not.
select distinct kbo from agreement
