"""Who may go: the law's thirteen reasons as SQL (sql/gate/), decided, explained, approved.

Belongs here: every decision about a parent or a recipient's papers.
May not: read the agency, send, or know Airflow. No switch bypasses the gate.
"""
