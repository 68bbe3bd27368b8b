"""What a person types: the command `gegevensdeling`, one file per group of commands, and what it prints.

Belongs here: arguments, and a call into another room.
May not: hold a rule.
"""
