"""The record of what was disclosed: events, lines per person, notices, approvals, the chain of hashes, anchors.

Belongs here: what is written down, and how it is proven. `db/` stores it.
May not: decide, send, or know a host.
"""
