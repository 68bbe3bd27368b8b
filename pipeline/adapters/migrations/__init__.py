"""The ledger's schema, version by version; `pipeline/adapters/ledger_engine.py` runs them on opening."""
