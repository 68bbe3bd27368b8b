"""The answer to one parent (art. 15 GDPR): what went to whom, when, under which papers.

Belongs here: the facts about one person, and the report.
May not: give anything about another person.
"""
