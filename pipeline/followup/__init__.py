"""After a drop counts: reconcile, notify, pick-ups, acknowledgements, reminders, replacements.

Belongs here: what follows from a drop that was published.
May not: release a parent; a replacement only leaves parents out.
"""
