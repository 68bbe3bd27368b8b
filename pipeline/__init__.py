"""The product. One room per concept: its pure part, how it is stored, and its port to the outside.

The order of the rooms is the import contract in pyproject.toml; docs/glossary.md has the words.
"""
