"""Question 84 of parliament: how many authorities exchange data, under which papers, on any day.

Belongs here: counting, tables, pictures and pages of the overview.
May not: hold a value about one person.
"""
