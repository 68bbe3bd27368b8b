"""One file per DAG, of the DAG's name, one function per task.

`approval` has the steps of one task of nightly_delivery, which Airflow calls twice: to ask and to record the answer.
`retention`, `summary` and `wiring` serve more than one task: what is deleted, what is reported, what is connected.

Belongs here: the order of the steps of a task.
May not: import airflow, or hold a rule.
"""
