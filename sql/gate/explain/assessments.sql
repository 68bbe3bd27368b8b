-- The children of a family and every assessment of each: which counts, with how many weak criteria, and why others do not.
select
    'child ' || child.child_id as child_row,
    assessed_child.child_id is not null as counts,
    'indicator_assessment ' || indicator_assessment.assessment_id as row_id,
    case
        when indicator_assessment.assessment_id = assessed_child.assessment_id
            then 'counts, ' || assessed_child.weak || ' weak'
        when recorded_at > known_at then 'not known yet'
        when assessed_on > day then 'does not hold yet'
        when assessed_on < birth_date then 'passed over: before birth'
        when coalesce(income, education, employment, stimulation, housing, health) is null
            then 'passed over: no criterion filled'
        when assessed_on is null or recorded_at is null then 'passed over: its date is impossible'
        when assessed_child.child_id is null then 'of a child that is not under the age limit'
        else 'an earlier one'
    end as says
from child
left join assessed_child using (child_id)
left join indicator_assessment on indicator_assessment.child_id = child.child_id, moment
where child.family_id = $family
order by child.child_id, assessed_on, recorded_at, indicator_assessment.assessment_id
