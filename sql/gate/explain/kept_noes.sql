-- Each no of the suppression list that stands against one parent, in a sentence.
select concat(
    'kept no ', id, ' of the night of ', night,
    ': counts from ', counts_from, ', recorded ', coalesce(recorded_at::varchar, 'nobody knows when'),
    '; no grant looked at is later in both ways, and nobody lifted it'
) as says
from withheld_by_list
where parent_id = $parent
order by id
