"""There is no flag that bypasses the gate: not a setting, not an argument, not a recipient's key, not a way around.

Where a list stands here, it is written out on purpose: whoever adds to what it lists must look here, and say why it
lets nobody through.
"""

import argparse
import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, get_type_hints

import duckdb
import pyarrow.parquet as pq
import pytest

from pipeline.cli.parser import command_parser
from pipeline.core.errors import PipelineError, SettingsError
from pipeline.core.model import CheckedSnapshot
from pipeline.core.settings import Settings
from pipeline.core.staging import local
from pipeline.delivery.recipients_file import load_recipients
from pipeline.gate import approval
from pipeline.gate.release import referrals, release
from pipeline.source import check as checking
from tests.support import PROJECT
from tests.support.worlds.histories import a_night, random_world
from tests.support.worlds.tables import stage

Rows = set[tuple[int, str, str]]
"""Released parents, each with its recipient and the fields that may go."""

PLAIN = Settings()
ASSUMPTION = "child_age_limit_years"
"""DOMAIN's own: who is in the population. The one setting that the gate's rules read."""
BOUNDS = {"duckdb_memory_mb": (20, 4000), "duckdb_threads": (1, 8)}
"""What else the gate reads, with the extremes that this machine can bear."""
TURNED = [(name, value) for name, values in BOUNDS.items() for value in values]
NAMES = {field.name for field in fields(Settings)}


@dataclass(frozen=True)
class WatchedSettings(Settings):
    """Notes which settings are read, however they are read: `__dict__` has them all."""

    def __getattribute__(self, name: str) -> Any:
        READ.update(NAMES if name == "__dict__" else NAMES & {name})
        return super().__getattribute__(name)


READ: set[str] = set()


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Any, CheckedSnapshot, Rows]]:
    """Nights of many random histories, each with what the gate releases by default."""
    folder, rng, made = tmp_path_factory.mktemp("worlds"), Random(20260615), []
    for number in range(4):
        at = a_night(rng)
        checked = stage(random_world(rng, at, 100), folder / f"{number}", at.known_at)
        made.append((at, checked, let_through(checked, at, PLAIN, folder / f"{number}-out")))
    assert sum(len(rows) for *_, rows in made) > 50, "there is something to widen"
    return made


def let_through(checked: CheckedSnapshot, at: Any, settings: Settings, folder: Path) -> Rows:
    """What the gate releases; nothing where it refuses to work at all."""
    try:
        decisions = release(checked, at, settings, folder).decisions
    except (PipelineError, duckdb.Error):
        return set()
    rows = pq.ParquetFile(local(decisions)).read().to_pylist()
    return {(row["parent_id"], row["kbo"], row["fields"]) for row in rows if row["outcome"] == "released"}


def test_the_gate_reads_no_setting_but_these(worlds: Any, tmp_path: Path) -> None:
    """Whatever the value of another: it lets nobody through, since nothing asks for it."""
    watched = WatchedSettings()
    READ.clear()  # of what it read to judge itself
    for number, (at, checked, by_default) in enumerate(worlds):
        assert let_through(checked, at, watched, tmp_path / f"{number}") == by_default
    assert {ASSUMPTION, *BOUNDS} == READ


def test_reading_all_settings_at_once_would_be_seen() -> None:
    watched = WatchedSettings()
    READ.clear()
    assert replace(watched, staging="elsewhere") and READ == NAMES
    READ.clear()
    assert vars(watched) and READ == NAMES


@pytest.mark.parametrize(("name", "value"), TURNED, ids=[f"{name}={value}" for name, value in TURNED])
def test_no_setting_lets_anyone_through(name: str, value: Any, worlds: Any, tmp_path: Path) -> None:
    for number, (at, checked, by_default) in enumerate(worlds):
        assert let_through(checked, at, replace(PLAIN, **{name: value}), tmp_path / f"{number}") <= by_default


def test_the_comparison_sees_it_when_a_setting_does(worlds: Any, tmp_path: Path) -> None:
    """The age limit is DOMAIN's assumption about who is meant at all, and not about what may pass."""
    at, checked, by_default = worlds[0]
    assert let_through(checked, at, replace(PLAIN, child_age_limit_years=17), tmp_path) > by_default


ORIGIN = {"--ondertekenaars", "--ingetrokken", "--ontvanger", "--hoogstens"}
OPTIONS = {
    "preview": {"--out", "--at", "--reason"},
    "explain": {"--parent", "--at", "--known-at", "--reason"},
    "decide": {"--at", "--known-at", "--out", "--reason"},
    "person": {"--insz", "--parent", "--reason", "--out"},
    "register": {"--reason", "--out"},
    "last-night": {"--max-age"},
    "breach": {"--drop", "--from", "--noticed", "--out", "--reason", "--recipient", "--to"},
    "overview": {"--as-of", "--keep", "--known-at", "--list", "--number", "--out"},
    "seal": {"kbo", "--all", "--yes"},
    "signing-key": set(),
    "signing-key show": set(),
    "signing-key rotate": {"--reason", "--end"},
    "signing-key revoke": {"fingerprint", "--since", "--by", "--reason", "--out", "--yes"},
    "doctor": {"--json"},
    "verify": {"folder", "--apply-check", "--since", "--json", *ORIGIN},
    "changes": {"folder", "new", "--since", *ORIGIN},
    "test-drop": {"kbo", "--remove"},
    "recipients": set(),
    "recipients list": set(),
    "recipients suspend": {"kbo", "--reason"},
    "recipients resume": {"kbo", "--reason"},
    "recipients destroyed": {"kbo", "--present", "--reason", "--yes"},
    "withdrawals": {"--overdue"},
    "withdrawals resend": {"kbo", "number", "--reason"},
    "withdrawals kept": {"--reason"},
    "withdrawals lift": {"--parent", "--recipient", "--reason", "--yes"},
    "protocol": set(),
    "protocol check": {"--days"},
    "returns": set(),
    "returns parents": {"--out", "--reason"},
    "returns lift": {"--parent", "--recipient", "--reason", "--yes"},
    "returns undo": {"file", "--reason", "--yes"},
    "sheets": set(),
    "sheets list": set(),
    "sheets preview": {"--year", "--out"},
    "sheets correct": {"--year", "--reason", "--yes", "--accept-held"},
    "ledger": set(),
    "ledger verify": {"--hosts", "--manifest"},
    "ledger redact": set(),
    "ledger resume": {"--manifest", "--reason", "--yes"},
    "ledger take-over": {"--reason", "--yes"},
    "synthesize": {"--seed", "--scale", "--as-of", "--out", "--advance"},
    "demo": {"--home", "--scale", "--fail"},
    "airflow": {"--home", "--scale", "--port"},
    "dags-folder": set(),
}
"""None of these commands publishes a row but `demo` and `airflow`, and those run the DAG as it stands; `test-drop` puts
nobody's."""


def test_the_command_line_has_no_option_but_these() -> None:
    top = command_parser()
    assert _options(top) == {"--version"}
    assert {name: _options(one) for name, one in _commands(top)} == OPTIONS


def _commands(parser: argparse.ArgumentParser, of: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:
        for name, one in action.choices.items() if isinstance(action, argparse._SubParsersAction) else ():
            yield of + name, one
            yield from _commands(one, f"{of}{name} ")


def _options(parser: argparse.ArgumentParser) -> set[str]:
    actions = [action for action in parser._actions if not isinstance(action, argparse._SubParsersAction)]
    return {name for action in actions for name in action.option_strings or [action.dest]} - {"-h", "--help"}


WAYS = {"params", "Param", "conf", "Variable"}
"""Airflow's ways to hand a run something: params, the conf of a run, a variable."""
OF_THE_SERVER = "from airflow.sdk.configuration import conf as configuration"
"""Another conf: the server's settings, which who starts a run does not touch."""


def test_the_dag_takes_nothing_from_who_starts_it() -> None:
    known = [*(PROJECT / "dags").glob("*.py"), *(PROJECT / "pipeline" / "airflow").glob("*.py")]
    found = {
        f"{path.parent.name}/{path.name}": names_in(path.read_text().replace(OF_THE_SERVER, "pass")) & WAYS
        for path in known
    }
    assert found.pop("airflow/approval.py") == {"params", "Param"}, "the form of the question"
    assert found.keys() >= {"dags/nightly_delivery.py", "airflow/context.py", "airflow/plugin.py"}
    assert set().union(*found.values()) == set()


@pytest.mark.parametrize(
    ("code", "way"),
    [
        ("get_current_context()['params']['force']", "params"),
        ("context['dag_run'].conf", "conf"),
        ("context.get('conf')", "conf"),
        ("getattr(run, 'conf')", "conf"),
        ("def task(params): ...", "params"),
        ("def task(*, conf=None): ...", "conf"),
        ("dag(params={})", "params"),
        ("from airflow.sdk import Variable as V", "Variable"),
        ("'{{ params.force }}'", "params"),
        ("f'{{{{ dag_run.conf.force }}}}'", "conf"),
    ],
)
def test_each_way_in_would_be_seen(code: str, way: str) -> None:
    assert names_in(code) & WAYS == {way}


def names_in(code: str) -> set[str]:
    """Every name, attribute, argument and keyword, and every word in a text: a key of a context, or of a template."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                found.add(name)
            case ast.arg(arg=name) | ast.keyword(arg=str(name)):
                found.add(name)
            case ast.Constant(value=str(text)):
                found.update(re.findall(r"\w+", text))
    return found


def calls_of(name: str) -> set[str]:
    """The files of the pipeline that call it."""
    return {path for path, node in nodes() if isinstance(node, ast.Call) and _called(node) == name}


def _called(call: ast.Call) -> str | None:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return None


@cache
def nodes() -> list[tuple[str, ast.AST]]:
    """Every node of the product's code, with its file."""
    product = PROJECT / "pipeline"
    files = {str(path.relative_to(product)): path.read_text() for path in product.rglob("*.py")}
    return [(name, node) for name, code in files.items() for node in ast.walk(ast.parse(code))]


def test_the_gate_takes_what_was_checked_and_few_can_make_that() -> None:
    assert get_type_hints(release)["checked"] is CheckedSnapshot
    assert get_type_hints(referrals)["checked"] is CheckedSnapshot
    assert get_type_hints(approval.approve)["return"] is CheckedSnapshot
    assert get_type_hints(checking.check)["return"] is checking.CheckResult
    assert calls_of("CheckedSnapshot") == calls_of("HeldSnapshot") == {"source/check.py"}
    opened = {path for path, node in nodes() if isinstance(node, ast.Attribute) and node.attr == "but_held"}
    assert opened == {"gate/approval.py", "core/model.py"}, "model.py shows its findings"
    assert calls_of("approve") == {"tasks/approval.py"}
    assert calls_of("require_approved") == {"tasks/approval.py", "tasks/nightly_delivery.py"}


def test_a_recipients_settings_say_where_and_how_and_never_who(tmp_path: Path) -> None:
    path = tmp_path / "recipients.toml"
    path.write_text("[recipient.0212214125]\nbypass = true\n")
    with pytest.raises(SettingsError) as caught:
        load_recipients(path)
    assert str(caught.value).endswith(
        "bypass is not one of the keys account, change_file, connection, encryption, expire_after_days, folder, "
        "formats, mail, remind_after_days, seal, way_back, way_back_folder"
    )
