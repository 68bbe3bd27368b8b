"""The data that the package carries: a wheel has sql/ and dags/ inside pipeline/, a checkout has them beside it.

An editable install does not map them: setuptools finds no folder without `__init__.py` there.
"""

from importlib.resources import files
from pathlib import Path

_PACKAGE = Path(str(files("pipeline")))


def data_folder(name: str) -> Path:
    """The folder of one kind of data: "sql", "dags", "reference", or one below them."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


SQL = data_folder("sql")
REFERENCE = data_folder("reference")
