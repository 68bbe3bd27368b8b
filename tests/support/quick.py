"""Which tests are quick (`make test-quick`): rules, properties and units, without a server, Airflow or a browser."""

from typing import Any

QUICK = (
    "tests/unit/",
    "tests/sql/",
    "tests/property/test_gate_spec.py",
    "tests/property/test_gate_histories.py",
    "tests/property/test_gate_proof_bites.py",
)
NOT_QUICK = (
    "tests/unit/airflow/",
    "tests/unit/answers/overview/test_overview_annex.py",  # these four draw
    "tests/unit/answers/overview/test_overview_page.py",
    "tests/unit/answers/overview/test_overview_pictures.py",
    "tests/unit/answers/overview/test_overview_write.py",
    "tests/unit/delivery/test_deliver.py",
    "tests/unit/delivery/test_former_places.py",
    "tests/unit/delivery/test_publish_crash.py",
    "tests/unit/delivery/test_told_after_a_death.py",
    "tests/unit/followup/test_notice_repeats.py",
    "tests/unit/followup/test_notify.py",
    "tests/unit/followup/test_pickup.py",
    "tests/unit/followup/test_reconcile.py",
    "tests/unit/gate/replay/",
    "tests/unit/gate/test_explain.py",
    "tests/unit/gate/test_no_bypass.py",
    "tests/unit/gate/test_returned_noes.py",
    "tests/unit/gate/test_now_not_then.py",
    "tests/unit/gate/test_suppression.py",
    "tests/unit/answers/person/test_known_and_held.py",
    "tests/unit/source/test_check_",
    "tests/unit/tasks/test_at_work.py",
    "tests/unit/demo/test_world_",
)
"""How the paths begin. The first list less the second."""


def is_quick(path: str) -> bool:
    return path.startswith(QUICK) and not path.startswith(NOT_QUICK)


def forbid(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook (sys.addaudithook). Raises AssertionError for Airflow, a browser, and for whoever would listen."""
    if event == "import" and str(arguments[0]).partition(".")[0] in ("airflow", "playwright"):
        raise AssertionError(f"a quick test imports {arguments[0]}: list its file in tests/support/quick.py")
    if event == "socket.bind":
        raise AssertionError("a quick test starts a server: list its file in tests/support/quick.py")
