-- Every parent who ever said something about consent.
select distinct parent_id from consent_event order by parent_id
