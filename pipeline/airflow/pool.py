"""The name of the pool, apart: whoever looks at Airflow's tables alone does not load Airflow."""

PLACES = "deliveries"
"""It bounds visits to hosts at once; see docs/deployment.md."""
