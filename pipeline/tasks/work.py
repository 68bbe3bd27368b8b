"""A step of a DAG whose staging is an object store works in a private folder, which is gone when the step ends."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from pipeline.core.pages import put_pages
from pipeline.core.run import RunContext
from pipeline.core.store_address import is_store
from pipeline.core.work_folder import work_folder

P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def working(context: RunContext) -> Iterator[RunContext]:
    """The same run with a folder of this task alone, whose pages are put in their store in the end, also after a
    failure; where staging is a folder, the run as it is."""
    if not is_store(context.settings.staging):
        yield context
        return
    with work_folder(context.settings.staging_folder) as folder:
        inside = replace(context, work=folder)
        try:
            yield inside
        finally:
            put_pages(inside)


def in_work_folder(step: Callable[Concatenate[RunContext, P], R]) -> Callable[Concatenate[RunContext, P], R]:
    """A step that is of no night."""

    @wraps(step)
    def inside(context: RunContext, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with working(context) as own:
            return step(own, *args, **kwargs)

    return inside
