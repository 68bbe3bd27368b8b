-- What the synthetic Flanders has none or few of, so that the programs are compared on it too (DOMAIN: consent; reasons 4
-- and 8): noes that are late, dated ahead or by day, or cannot be placed, persons on two rows, protections that are dated
-- back, protocols of one party alone.
with grant_given as (
    select parent_id, kbo, occurred_at, recorded_at, event_id % 200 as turn from consent_event where kind = 'grant'
),
-- `occurred` and `recorded`: how long after the grant.
hard_case(turn, kind, kbo, occurred, recorded) as (
    values
        (0, 'withdrawal', '', '-9 days', '+2 hours'),           -- to everyone, recorded late
        (1, 'withdrawal', 'no zero', '+1 hours', '+2 hours'),   -- likewise, by another spelling
        (2, 'withdrawal', '0999999999', '-9 days', '-8 days'),  -- likewise, and the grant is later in both ways
        (3, 'withdrawal', null, '-9 days', '+2 hours'),
        (4, 'withdrawal', null, '+900 days', '-8 days'),        -- counts from when it was recorded
        (5, 'withdrawal', null, 'start of day', '+2 hours'),
        (6, 'grant', null, '+1 hours', '+2 hours'),             -- without text version and fields
        (7, 'revocation', null, '+1 hours', '+2 hours'),        -- of a kind that nobody knows
        (8, 'revocation', null, '-9 days', '-8 days'),
        (9, 'withdrawal', null, '+0 hours', '+0 hours')         -- at the very instant of the grant
)
insert into consent_event (event_id, parent_id, kbo, kind, occurred_at, recorded_at)
select
    (select max(event_id) from consent_event) + row_number() over (),
    parent_id,
    case when hard_case.kbo = 'no zero' then ltrim(given.kbo, '0') else coalesce(hard_case.kbo, given.kbo) end,
    kind,
    datetime(occurred_at, occurred) || '+00:00',
    min(datetime(recorded_at, recorded) || '+00:00', produced_at)
from grant_given as given join hard_case using (turn) join feed_control on feed = 'consent_event';

-- Now and then somebody who withdrew is also another row, which consented; one of the two may write the INSZ otherwise.
with twin as (
    select no.parent_id, min(yes.parent_id) as other_id
    from consent_event as no join consent_event as yes using (kbo)
    where no.kind = 'withdrawal' and yes.kind = 'grant' and yes.parent_id > no.parent_id and no.event_id % 10 < 2
    group by no.parent_id
)
update parent
set insz = case when other_id % 2 = 0 then other.insz else substr(other.insz, 1, 9) || '-' || substr(other.insz, 10) end
from twin join parent as other on other.parent_id = other_id
where parent.parent_id = twin.parent_id and other.insz is not null;

-- Protocols that the recipient did not publish, or had no advice on.
update protocol set recipient_published_url = null where protocol_id like '%11' or protocol_id like '%61';
update protocol set recipient_dpo_advice_on = null where protocol_id like '%27' or protocol_id like '%77';

-- Recorded after the home, and begun before it; or neither.
insert into residence (parent_id, valid_from, recorded_at, nis_code, confidential)
select
    parent_id,
    date(valid_from, case when parent_id % 3 = 0 then '+900 days' else '-9 days' end),
    min(datetime(recorded_at, case when parent_id % 3 = 1 then '-9 days' else '+2 hours' end) || '+00:00', produced_at),
    nis_code,
    1
from residence join feed_control on feed = 'residence'
where parent_id % 200 < 3;

update feed_control set row_count = (select count(*) from consent_event) where feed = 'consent_event';
update feed_control set row_count = (select count(*) from residence) where feed = 'residence';
