-- Each no of the suppression list that stands against one parent, in a sentence, and whether the recipient returned it.
select
    concat(
        'kept no ', id, ' of the night of ', night,
        case when returned_row is not null then ', which the recipient itself returned (geen_contact)' else '' end,
        ': counts from ', counts_from, ', recorded ', coalesce(recorded_at::varchar, 'nobody knows when'),
        '; no grant looked at is later in both ways, and nobody lifted it'
    ) as says,
    returned_row is not null as is_returned
from withheld_by_list
where parent_id = $parent
order by id
