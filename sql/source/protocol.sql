-- Protocols and other papers with a recipient, every version; append-only.
select
    protocol_id,
    recorded_at,
    kbo,
    legal_basis,
    kind,
    signed_on,
    published_url,
    recipient_published_url,
    dpo_advice_on,
    recipient_dpo_advice_on,
    valid_from,
    valid_until,
    ended_on,
    fields,
    retention_days
from protocol
