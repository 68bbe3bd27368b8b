"""Text, tables and files for people: cells, CSV, XLSX, HTML, PDF, and the formal Dutch of Flanders.

Belongs here: the form of a value.
May not: choose the value.
"""
