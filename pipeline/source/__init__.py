"""The agency's tables: read, held against the contract, checked, judged by Great Expectations.

Belongs here: everything between the database and a checked snapshot.
May not: decide about a parent; write anything to the agency.
"""
