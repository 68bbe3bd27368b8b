"""The words of the domain, and the ground on which every room stands: settings, errors, keys, staging, DuckDB.

Belongs here: what at least two rooms need and what says nothing about one step.
May not: import another room, or decide anything about a parent.
"""
