-- Every row of a person of whom a withdrawal is there; numbers are compared by their digits, as in scope/parents.sql.
where parent_id in (select parent_id from consent_event where kind = 'withdrawal')
   or insz in (
       select insz from parent where parent_id in (select parent_id from consent_event where kind = 'withdrawal')
   )
   or octet_length(insz) > 11
