"""Every night at 03:30: what the law allows, to every participating recipient.

### What it does
`extract` reads the agency's feeds in one transaction; `check` judges them (the tab *Datacontroles* shows how);
`approve` waits for a named approver when there is far more or far fewer of something than last night, and for nobody
otherwise;
`release` runs the gate over every parent and freezes who gets a drop; `deliver` has one task per recipient, named by
the recipient; beside it, and after it where tasks wait for a slot, `sheets` freezes the indicator sheets once a year,
when the figures of 31 December are in, and on any other night has nothing to do; `close` puts the night on record and
is red when anyone got nothing.

### When it is red
- **extract, check or release**: nothing was published. The error names the feed, the rule, the count and the remedy;
  when the feed is mended, clear that run from `extract` on.
- **approve**: nothing was published; nobody who may let the run go did so in time. Clear that run from `extract` on to
  ask again. While it waits (tab *Required Actions*) nothing goes out.
- **sheets**: no drop waits for it, and the next night tries again. Mend what the error says; nothing is to be
  cleared.
- **one recipient under deliver**: the others have theirs. Mend what the error says and clear that task (with
  downstream, so that `close` turns green). The re-run decides anew what may go at that moment, sends nothing twice
  and never an older drop over a newer one.

Network trouble is retried by itself, with growing pauses; what a person must mend fails at once. While the agency's
load is under way, nothing is sent: it is looked at again for LOAD_PATIENCE_MINUTES, then the task is red and names the
feeds. Beside another night that is at work (a backfill, `dags test`) `extract` waits and tries again until that one is
over.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, get_current_context, task

from pipeline.airflow.approval import ApproveHeldRun
from pipeline.airflow.dags import NIGHT, PLACES, TELL, steps_of
from pipeline.airflow.retries import NIGHT_RETRIES, RULES, LoadPatience, patience

run = steps_of("pipeline.tasks.nightly_delivery")

with DAG(
    "nightly_delivery",
    dag_display_name="Nachtelijke gegevensdeling",
    description="Extract, check, release and deliver to every participating OCMW",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("30 3 * * *", timezone="Europe/Brussels"),
    catchup=False,
    max_active_runs=1,
    tags=["gegevensdeling"],
    default_args=patience(
        retries=NIGHT_RETRIES,
        longest_pause=timedelta(minutes=15),
        timeout=timedelta(hours=1),
        policy=LoadPatience(rules=RULES),
    ),
):

    @task(retries=10)  # an hour and a half: so long another night, such as a backfill's, may be at work
    def extract() -> Any:
        return run("extract_night")

    @task
    def check(snapshot: Any) -> Any:
        return run("check_night", snapshot=snapshot)

    @task
    def release(checked: Any) -> list[str]:
        released = run("release_night", checked=checked)
        get_current_context()["ti"].xcom_push("staged_release", released["staged_release"])
        return released["recipients"]

    @task(retries=1, execution_timeout=timedelta(minutes=15), priority_weight=0, weight_rule="absolute")
    def sheets(checked: Any) -> Any:
        return run("freeze_sheets", checked=checked)

    @task(pool=PLACES, map_index_template="{{ recipient }}", execution_timeout=timedelta(minutes=15))
    def deliver(staged_release: Any, kbo: str) -> Any:
        get_current_context()["recipient"] = run("recipient_label", staged_release=staged_release, kbo=kbo)
        return run("deliver_night", staged_release=staged_release, kbo=kbo)

    @task(trigger_rule="all_done", retries=1, outlets=[NIGHT], **TELL)
    def close() -> Any:
        pull = get_current_context()["ti"].xcom_pull
        publications = [one for one in pull(["deliver"]) if one]  # a list, since one id alone gives one value alone
        return run(
            "close_night",
            staged_release=pull("release", key="staged_release"),
            publications=publications,
            sheets_failed=pull("sheets") is None,
        )

    checked = check(extract())
    approve = ApproveHeldRun(task_id="approve", checked=checked, run=steps_of("pipeline.tasks.approval"))
    recipients = release(checked)
    approve >> recipients
    # No drop waits for the sheets, which go with each recipient's next one; and there are none without a release.
    drops = deliver.partial(staged_release=recipients.operator.output["staged_release"]).expand(kbo=recipients)
    frozen = sheets(checked)
    recipients >> frozen
    [drops, frozen] >> close()
