"""What Airflow calls once a night or an hour has ended, and when a night is held: whoever must know is told.

Parsed again in every task of every run, so the rest is imported only where somebody is to be told.
"""

import json
import logging
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk.bases.notifier import BaseNotifier

if TYPE_CHECKING:
    from pipeline.alerts.model import Observation
    from pipeline.alerts.observe import SeenRun
    from pipeline.core.run import RunContext
    from pipeline.core.settings import Settings

log = logging.getLogger(__name__)

NIGHTS = "nightly_delivery"
_WHO = ("GEGEVENSDELING_ALERT_OPERATIONS", "GEGEVENSDELING_ALERT_APPROVERS", "GEGEVENSDELING_ALERT_PRIVACY")


class TellWhatIsWrong(BaseNotifier):
    """After the last task of a night or an hour, red or green. Nothing that happens here turns a task red."""

    template_fields: Sequence[str] = ()

    def notify(self, context: Any) -> None:
        if any(os.environ.get(name) for name in _WHO):
            _tell(self._observed, context)

    def _observed(self, run: "RunContext", context: Any) -> "Observation":
        from pipeline.alerts.observe import observe

        return observe(run, newest_night_run(context))


class TellThatItIsHeld(TellWhatIsWrong):
    """Before a held night begins to wait. `question`: its first line; `hours`: how long an answer counts."""

    def __init__(self, question: str, hours: float) -> None:
        super().__init__()
        self.question, self.hours = question, hours

    def _observed(self, run: "RunContext", context: Any) -> "Observation":
        from pipeline.alerts.model import Alert, AlertKind, Observation
        from pipeline.alerts.told import save_question
        from pipeline.core.local_time import local_day

        night, until = local_day(context["dag_run"].run_after), context["ti"].start_date + timedelta(hours=self.hours)
        asked = Alert(AlertKind.NIGHT_HELD, night, run.run, at=until, run=run.run, asked=self.question)
        save_question(Path(run.settings.alerts).absolute(), asked)
        return Observation((asked,), ())


def _tell(observed: Any, context: Any) -> None:
    from airflow.sdk.configuration import conf as configuration

    from pipeline.airflow.context import run_of
    from pipeline.alerts.tell import tell
    from pipeline.core.errors import PipelineError, redact_unexpected_errors
    from pipeline.core.local_time import local_day

    def act() -> None:
        run = run_of(context)
        run = replace(run, night=local_day(run.clock()))  # an hour of days ago that is cleared is an hour of today
        address = configuration.get("api", "base_url", fallback="http://localhost:8080").rstrip("/")
        send = _sender(run.settings, context)
        tell(run.settings, observed(run, context), datetime.now(UTC), send, address)

    try:
        redact_unexpected_errors(act)()
    except PipelineError as error:
        log.warning("alerts: nobody is told: %s; the next hour tries again", error)


def _sender(settings: "Settings", context: Any) -> Any:
    """By the notifier that the settings name. Its errors may quote an address, and are told by their kind alone."""
    from pkgutil import resolve_name

    from pipeline.core.errors import DeliveryTransient, PipelineError, SettingsError

    def send(to: tuple[str, ...], subject: str, text: str) -> None:
        try:
            made = resolve_name(settings.alert_notifier)
            given = json.loads(settings.alert_notifier_arguments)
            words = {"{to}": ", ".join(to), "{subject}": subject, "{text}": text}
            notifier = made(**{name: filled_in(value, words) for name, value in given.items()})
        except (ImportError, AttributeError, ValueError, TypeError):
            raise SettingsError("ALERT_NOTIFIER and ALERT_NOTIFIER_ARGUMENTS do not fit: correct them") from None
        try:
            notifier.notify(context)
        except PipelineError:
            raise
        except Exception as error:  # noqa: BLE001 - of whatever notifier: told by its kind
            raise DeliveryTransient(f"the notifier failed ({type(error).__name__})") from None

    return send


def filled_in(value: Any, words: dict[str, str]) -> Any:
    """A text with each word in braces in its place; any other value as it is."""
    if isinstance(value, str):
        for name, word in words.items():
            value = value.replace(name, word)
    return value


def newest_night_run(context: Any) -> "SeenRun | None":
    """The newest run of the night. In that night's own last task its state is how the task ended."""
    from airflow.sdk.execution_time.comms import GetPreviousDagRun
    from airflow.sdk.execution_time.task_runner import SUPERVISOR_COMMS

    from pipeline.alerts.observe import SeenRun

    own = context["dag_run"]
    if own.dag_id == NIGHTS:
        return SeenRun(own.run_id, own.run_after, "failed" if context.get("exception") else "success")
    answer: Any = SUPERVISOR_COMMS.send(GetPreviousDagRun(dag_id=NIGHTS, logical_date=datetime.now(UTC)))
    found = getattr(answer, "dag_run", answer)
    return SeenRun(found.run_id, found.run_after, str(found.state)) if found else None


WHAT_IS_WRONG = TellWhatIsWrong()
