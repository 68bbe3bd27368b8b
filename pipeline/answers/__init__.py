"""Answers on request: to a parent (art. 15), for the DPO (art. 30), to parliament (question 84).

Belongs here: reading, and writing reports in Dutch.
May not: change anything but the record of look-ups.
"""
