"""Text, tables and files for people: cells, CSV, XLSX, HTML, PDF, and the formal Dutch of Flanders.

Belongs here: how a value is written.
May not: which value is written.
"""
