-- The papers of the day by the recipient's name, as the register of the processing lists them: it tells an unsigned
-- paper of this flow from one that is not in force yet by its empty signature alone.
select
    paper_id, paper.kind, legal_basis, kbo, team_name as team,
    case state when 'not_signed' then 'not_yet' else state end as state,
    missing, lacks, signed_on, valid_from, until, published_url, recipient_published_url, dpo_advice_on,
    recipient_dpo_advice_on, fields, retention_days, min_criteria,
    recipient.name
from paper left join recipient using (kbo)
order by recipient.name, kbo, paper_id
