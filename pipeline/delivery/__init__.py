"""One recipient's drop: rendered, put on the recipient's host, verified; a drop counts by its GO file.

Belongs here: everything about one recipient and one drop. `sftp/` implements the port to a host.
May not: decide who is in a drop; the gate does.
"""
