"""A personal data breach (art. 33 and 34 GDPR): who was in what leaked, for the authority and for the agency's letters.

Belongs here: the ledger's lines of a drop or of a recipient's nights, the report, and the list by the agency's own ids.
May not: hold a value of a person but the agency's own parent_id, which goes into the list alone.
"""
