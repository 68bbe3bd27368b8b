"""The answer to question 84 of parliament: the authorities that exchange data on a day, and their papers.

Belongs here: counting, tables, pictures and pages of the overview.
May not: hold a value about one person.
"""
