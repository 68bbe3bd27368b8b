"""What a person sees in the terminal: tables and progress (rich), counts and names of recipients only."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from pipeline.core.model import Moment
from pipeline.core.terminal import console, new_table, show_table, withheld_table
from pipeline.delivery.moves import Move
from pipeline.delivery.recipients import NO_ENCRYPTION
from pipeline.delivery.seal import Binding
from pipeline.gate.explain import Explanation
from pipeline.gate.replay.nights import exact_instant
from pipeline.gate.replay.replay import Comparison, Replay
from pipeline.ledger.audit import Problem
from pipeline.ledger.verify import AuditReport

_MARK = {True: "[green]passes[/]", False: "[red]withheld[/]", None: "[dim]not reached[/]"}


def show_preview(summary: Mapping[str, Any], out: Path) -> None:
    show_table(withheld_table(summary["withheld"], summary["released"], summary["population"]))
    console.print(f"{len(summary['recipients'])} recipients would get a drop. Nothing was published; see {out}")


def show_bindings(found: Sequence[tuple[Binding, str, str]]) -> None:
    """What each recipient's seal would bind together, the seal that it has ("" for none), and the one it would get."""
    headings = ("recipient", "account", "host", "folder", "host key", "OpenPGP key", "signing key", "way back", "seal")
    table = new_table("What is bound together", headings)
    table.show_lines = True
    for binding, before, after in found:
        host = f"{binding.host}:{binding.port} ({binding.connection})"
        state = "new" if not before else "unchanged" if before == after else "[red]changed[/]"
        key = "[yellow]none: in clear[/]" if binding.public_key == NO_ENCRYPTION else binding.public_key.upper()
        shown = (binding.kbo, binding.account, host, binding.folder, binding.host_key)
        way_back = f"{binding.way_back}\n{binding.way_back_folder}" if binding.way_back else "none"
        table.add_row(*map(escape, shown), key, escape(binding.signing_key), escape(way_back), state)
    show_table(table)


def show_moves(moves: Sequence[Move]) -> None:
    """Who moves while a drop lies at the place of before, and what must stay as it is until that place is empty."""
    for move in moves:
        console.print(
            f"[red]{move.kbo} moves[/]: {escape(', '.join(move.stems))} lies in {escape(str(move.place))}. Its next "
            f"delivery, or housekeeping, takes it away there before anything is put at the new place: keep the "
            f"connection {move.place.connection} as it is until then (or keep a copy of it as "
            f"{move.place.connection}_old); `gegevensdeling recipients list` tells when that place is empty.",
            soft_wrap=True,
        )


def show_verified(found: AuditReport, problems: Sequence[Problem]) -> None:
    """What does not fit, and what it was held against."""
    if problems:
        table = new_table("Problems", ("where", "link", "night", "recipient", "problem"))
        for each in problems:
            place = (each.link, each.night, each.kbo)
            table.add_row(escape(each.where), *("" if part is None else str(part) for part in place), escape(each.says))
        show_table(table)
    console.print(
        f"{found.links:,} links and {found.lines:,} lines, {found.redacted:,} of them redacted; "
        f"{len(found.anchors)} anchors{f', the last {found.anchors[-1].name}' if found.anchors else ''}."
    )
    for remark in found.remarks:
        console.print(f"[yellow]Remark:[/] {escape(remark)}.")
    console.print("The newest anchors would not be missed here if they were removed: keep a count of them elsewhere.")
    console.print(f"[red]{len(problems)} problems.[/] See the runbook." if problems else "The ledger holds.")


def confirmed(question: str) -> bool:
    """Whether a person types yes; no for anything else, and where nobody can be asked."""
    try:
        return console.input(f"{escape(question)} (yes/no): ").strip().lower() in ("y", "yes", "j", "ja")
    except EOFError:
        return False


def _heading(moment: Moment) -> str:
    """What held and what was known, never one for the other."""
    return f"as it held at {exact_instant(moment.at)}, with what was recorded by {exact_instant(moment.known_at)}"


def show_explanation(explanation: Explanation, moment: Moment) -> None:
    """The gate's steps, in its order: the rule, what was seen, and the rows that it rests on."""
    console.print(f"Parent {explanation.parent_id}, {_heading(moment)}", soft_wrap=True)
    _show_rows("Population", "who is decided on", explanation.population)
    for step in explanation.steps:
        _show_rows(f"{_MARK[step.passes]} {step.reason}", step.facts, step.rows)
        console.print(f"    [dim]{escape(step.cites)}[/]", soft_wrap=True)
    console.print(f"Parent {explanation.parent_id}: {explanation.outcome}")


def _show_rows(what: str, seen: str, rows: Sequence[str]) -> None:
    console.print(f"[bold]{what}[/]: {escape(seen)}", soft_wrap=True)
    for row in rows:
        console.print(f"    {escape(row)}", soft_wrap=True)


def show_replay(replayed: Replay) -> None:
    """Counts: what was decided then and is now, with the table that each difference comes from."""
    console.print(f"Decided {_heading(replayed.moment)}")
    comparison = replayed.comparison
    if comparison is None:
        show_table(_outcomes_table(replayed))
        return
    console.print(f"Beside what run {escape(replayed.run or '')} decided then")
    if comparison.differences:
        show_table(_differences_table(comparison))
    show_table(_growth_table(comparison))
    console.print(f"Population then {comparison.population_then:,}, now {comparison.population_now:,}.")
    alike = comparison.parents - comparison.different
    console.print(f"Parents {comparison.parents:,}: {alike:,} alike, {comparison.different:,} not.")
    if not comparison.rules_are_the_same:
        console.print("The rules themselves are not those of that night: deploy the version of then to compare alike.")
    for alarm in replayed.alarms:
        console.print(f"[red]alarm[/]: {alarm}")


def _outcomes_table(replayed: Replay) -> Table:
    table = new_table("Decisions", ("outcome", "reason"), ("parents",))
    ends = Counter(zip(*(replayed.decisions[name].to_pylist() for name in ("outcome", "reason")), strict=True))
    for (outcome, reason), count in ends.most_common():
        table.add_row(outcome, reason or "", f"{count:,}")
    return table


def _differences_table(comparison: Comparison) -> Table:
    table = new_table("Differences", ("then", "now", "because of"), ("parents",))
    for each in comparison.differences:
        table.add_row(each.on_record, each.decided_now, ", ".join(each.causes), f"{each.parents:,}")
    return table


def _growth_table(comparison: Comparison) -> Table:
    table = new_table("Rows known by then", ("append-only table",), ("then", "now"))
    table.add_column("")
    for each in comparison.grown:
        later = f"{len(each.hashes)} loaded later" if each.hashes else "the same"
        altered = f"[red]{each.altered}[/]" if each.altered else later
        table.add_row(each.feed, f"{each.rows_then:,}", f"{each.rows_now:,}", altered)
    return table
