-- The highest number handed out of each kind.
select
    (select max(family_id) from family) as family,
    (select max(parent_id) from parent) as parent,
    (select max(child_id) from child) as child,
    (select max(assessment_id) from indicator_assessment) as assessment,
    (select max(event_id) from consent_event) as event
