"""The synthetic Flanders (`world/`), its SFTP host, and the run of `make demo`.

Belongs here: what only the demo needs.
May not: be imported by the product.
"""
