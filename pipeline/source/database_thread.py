"""One thread that alone speaks with a database, so that the thread that waits for an answer can give up.

A driver blocks outside Python, where no signal reaches it: neither Ctrl-C nor Airflow's `execution_timeout` ends it.
"""

from collections.abc import Callable
from concurrent.futures import Future, wait
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


class DatabaseHangs(Exception):
    """No answer came in time. The thread is left as it is: it ends with its call, or with the process."""


class DatabaseThread:
    """Runs one call after the other; `call` waits at most `patience` seconds for each."""

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self._calls: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self.hangs = False
        Thread(target=self._serve, name="database", daemon=True).start()

    def call(self, function: Callable[..., T], *arguments: object) -> T:
        """What the function gives or raises. Raises DatabaseHangs when it takes too long, and ever after."""
        answer: Future[T] = Future()
        if not self.hangs:
            self._calls.put((answer, lambda: function(*arguments)))
        try:
            return answer.result(0 if self.hangs else self.patience)
        except TimeoutError:
            self.hangs = True
            raise DatabaseHangs from None

    def end(self, *farewells: Callable[[], object]) -> None:
        """Let the thread end after these; whatever they raise is lost. They are waited for, unless it hangs."""
        answers = [Future[object]() for _ in farewells]
        for answer, farewell in zip(answers, farewells, strict=True):
            self._calls.put((answer, farewell))
        self._calls.put(None)
        wait(answers, 0 if self.hangs else self.patience)

    def _serve(self) -> None:
        while (call := self._calls.get()) is not None:
            answer, function = call
            try:
                answer.set_result(function())
            except Exception as error:  # noqa: BLE001 - nothing is swallowed: the caller gets it
                answer.set_exception(error)
            del call, answer, function  # a waiting thread keeps no rows alive
