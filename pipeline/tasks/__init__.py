"""One file per DAG, one function per task; `wiring` connects the steps to databases and hosts.

Belongs here: the order of the steps of a task.
May not: import airflow, or hold a rule.
"""
