"""The answer to one parent (art. 15 GDPR): what went to whom, when, under which papers.

Belongs here: what is collected about one person, and its report.
May not: give anything about another person.
"""
