"""Answers to persons and auditors: why, what went to whom (art. 15), the record of processing (art. 30)."""
