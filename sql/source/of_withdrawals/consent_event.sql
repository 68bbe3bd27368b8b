-- What those say of whom a withdrawal is there.
where parent_id in (select parent_id from consent_event where kind = 'withdrawal')
