-- Every parent and recipient with a grant and no withdrawal; events of no parent are left out.
select open_to.parent_id, open_to.kbo
from (
    select parent_id, kbo from consent_event where kind = 'grant'
    except
    select parent_id, kbo from consent_event where kind = 'withdrawal'
) as open_to
join parent on parent.parent_id = open_to.parent_id
order by open_to.parent_id, open_to.kbo
