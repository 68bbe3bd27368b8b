"""Nights in any order with anything between them, compared after every step with a naive bookkeeping.

`agency` is the agency's truth and what its database shows of it; `places` are the recipients' folders, in memory;
`watcher` sees what counts in them; `bookkeeping` says by DOMAIN.md alone, without SQL, who may have what; `nights` runs
the real tasks of the pipeline over a real ledger; `compare` holds one against the other; `machine` draws the steps.
"""
