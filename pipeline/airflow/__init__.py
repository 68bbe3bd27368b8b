"""The only room that imports airflow: the context of a task, the approval, the plugin and its page.

Belongs here: what Airflow has to be told or asked.
May not: hold a rule; a task is one call into `tasks`.
"""
