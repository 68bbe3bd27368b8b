"""One recipient's drop: rendered, put on the recipient's host, counted by its GO file, verified.

Belongs here: everything about one recipient and one drop. `sftp/` is the port to a host.
May not: decide who is in a drop; the gate does.
"""
