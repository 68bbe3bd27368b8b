"""A past night decided again, and each difference named with the table that it comes from.

Belongs here: what compares two decisions.
May not: publish; a replay sends nothing.
"""
