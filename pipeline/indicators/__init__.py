"""Indicator sheets: the deprivation figures of each municipality, protected, released once a year.

Belongs here: counting, protecting and releasing figures.
May not: hold a value about one person.
"""
