-- HMAC-SHA256, cut to 16 bytes: as pipeline/ledger/persons.py makes it. `key_pad` has the two pads of each key of the ledger
-- that is in use.
create temp macro keyed_hash(inner_pad, outer_pad, content) as
unhex(left(sha256(outer_pad || unhex(sha256(inner_pad || encode(content)))), 32))
