"""A recipient's folder over SFTP: the checked writer, the connection, its errors and bounds.

The only room that imports paramiko.
May not: know the content of a drop.
"""
