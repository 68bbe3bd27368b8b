-- A copy of the agency's interface (agency_interface.sql, the agency's own), so that the synthetic world needs
-- nothing from outside this package. A test holds it against the fingerprint of the original.

-- The agency's read-only interface: what the pipeline finds in the connection `agency_db`.
-- It is external: the agency owns it and may add columns, so select columns by name.
-- Types as PostgreSQL has them. In SQLite: dates as 'YYYY-MM-DD', instants as 'YYYY-MM-DD HH:MM:SS+00:00' (UTC), booleans as 0 and 1.
-- Append-only tables carry recorded_at (UTC): what was known at K is every row with recorded_at <= K.
-- The database speaks UTF-8, or is asked to. "until" dates are inclusive; NULL, and NULL alone, is open-ended (9999-12-31 is a day; infinity is an error). Nothing here is guaranteed clean: that is what the checks are for.

create table recipient (                 -- OCMW or CAW Brussel
    kbo            text primary key,     -- 10 digits
    name           text not null,
    kind           text not null,        -- 'OCMW' | 'CAW'
    ovo            text
);

create table recipient_municipality (    -- who serves where, and since when
    kbo            text not null,
    nis_code       text not null,
    valid_from     date not null,
    valid_until    date,
    primary key (kbo, nis_code, valid_from)
);

create table local_team (
    local_team_id  text primary key,
    name           text not null
);

create table family (
    family_id      bigint primary key,
    local_team_id  text not null         -- the team that follows the family now
);

create table parent (
    parent_id      bigint primary key,
    family_id      bigint not null,
    insz           text,                 -- 11 digits; never leaves the agency
    first_name     text,
    last_name      text,
    phone          text,
    email          text,
    deceased_on    date
);

create table residence (                 -- append-only; the row with the latest valid_from <= D wins, then the latest recorded_at
    parent_id      bigint not null,
    valid_from     date not null,
    recorded_at    timestamptz not null,
    street         text,
    house_number   text,
    box_number     text,
    postal_code    text,
    nis_code       text,                 -- may still be a code from before a merger
    confidential   boolean not null,     -- protected address
    primary key (parent_id, valid_from, recorded_at)
);

create table child (
    child_id       bigint primary key,
    family_id      bigint not null,
    birth_date     date not null,
    client         boolean not null      -- at least one visit or consult: the denominator in Brussels
);

create table child_on_31_december (      -- where the child lived on that day, for the index
    child_id       bigint not null,
    year           integer not null,
    nis_code       text not null,        -- as it was called then
    primary key (child_id, year)
);

create table indicator_assessment (      -- append-only; true = weak, NULL = not assessed
    assessment_id  bigint primary key,
    child_id       bigint not null,
    assessed_on    date not null,
    recorded_at    timestamptz not null,
    income         boolean,
    education      boolean,
    employment     boolean,
    stimulation    boolean,
    housing        boolean,
    health         boolean
);

create table agreement (                 -- append-only versions: the latest recorded_at of an agreement_id counts
    agreement_id   text not null,
    recorded_at    timestamptz not null,
    kbo            text not null,
    local_team_id  text not null,
    signed_on      date,                 -- NULL: not signed yet
    valid_from     date not null,
    valid_until    date,
    ended_on       date,                 -- ended early: last day in force
    min_criteria   integer,              -- 1 to 6; NULL: 3; anything else: an error, and not in force
    primary key (agreement_id, recorded_at)
);

create table protocol (                  -- append-only versions, likewise
    protocol_id    text not null,
    recorded_at    timestamptz not null,
    kbo            text not null,
    legal_basis    text not null,        -- 'decree-2022-02-04' is this flow; other values are other flows, counted apart and never used here
    kind           text not null,        -- 'protocol' | 'processing_agreement' (a verwerkingsovereenkomst is no protocol)
    signed_on      date,
    published_url  text,                 -- by the agency; NULL: not published yet, so not in force
    recipient_published_url text,        -- by the recipient; likewise
    dpo_advice_on  date,                 -- of the agency's data protection officer
    recipient_dpo_advice_on date,        -- of the recipient's
    valid_from     date not null,
    valid_until    date,
    ended_on       date,
    fields         text not null,        -- comma-separated, of: name, address, phone, email
    retention_days integer not null,
    primary key (protocol_id, recorded_at)
);

create table consent_text (              -- versions of what parents sign
    text_version   text primary key,
    accepted_from  date not null,
    accepted_until date                  -- a consent given under it counts only while it is accepted
);

create table consent_event (             -- append-only
    event_id       bigint primary key,
    parent_id      bigint not null,
    kbo            text not null,
    kind           text not null,        -- 'grant' | 'withdrawal'
    text_version   text,                 -- of a grant
    fields         text,                 -- of a grant; comma-separated, as above
    valid_until    date,
    occurred_at    timestamptz not null,
    recorded_at    timestamptz not null
);

create table feed_control (              -- one row per table above, written last by the agency's own load
    feed           text primary key,     -- table name
    produced_at    timestamptz not null,
    row_count      bigint not null
);
