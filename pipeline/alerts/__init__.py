"""What a person must hear of without looking: what is wrong now, what was told of it, and the words in Dutch.

Belongs here: alerts about nights, deliveries, feeds, notices and the ledger's chain, by count, file and recipient.
May not: import airflow, name a parent, or keep a task from its work: whoever cannot be told delays nothing.
"""
