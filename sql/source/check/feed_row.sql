-- Every row of every feed, with what of it could not be read: to count by feed.
create temp view feed_row as
select 'recipient' as feed, unparsable from recipient
union all select 'recipient_municipality', unparsable from recipient_municipality
union all select 'local_team', unparsable from local_team
union all select 'family', unparsable from family
union all select 'parent', unparsable from parent
union all select 'residence', unparsable from residence
union all select 'child', unparsable from child
union all select 'child_on_31_december', unparsable from child_on_31_december
union all select 'indicator_assessment', unparsable from indicator_assessment
union all select 'agreement', unparsable from agreement
union all select 'protocol', unparsable from protocol
union all select 'consent_text', unparsable from consent_text
union all select 'consent_event', unparsable from consent_event
union all select 'feed_control', unparsable from feed_control
