"""The command `protocol check`: what each agreement and protocol lacks, and which end soon. No person is in it."""

from argparse import Namespace

from rich.markup import escape

from pipeline.answers.overview.attention import attention_points
from pipeline.answers.overview.texts import KINDS
from pipeline.answers.register.collect import collect_register
from pipeline.cli.context import CommandContext
from pipeline.core.documents import dutch
from pipeline.core.local_time import local_day
from pipeline.core.terminal import console, new_table, show_table


def check_papers_command(options: Namespace) -> int:
    """Show a line a paper that needs attention: 1 if any does."""
    context = CommandContext.load()
    with context.scratch("papers") as scratch:
        register = collect_register(context.source, context.now, context.settings, scratch)
    table = new_table("Overeenkomsten en protocollen", ("ontvanger", "soort", "nummer", "aandachtspunten"))
    of_flow = [paper for paper in register.papers if paper.is_this_flow]
    found = [(paper, attention_points(paper, local_day(context.now), options.days)) for paper in of_flow]
    for paper, points in found:
        if points:
            recipient = dutch.recipient(paper.kbo, register.names[paper.kbo])
            table.add_row(*map(escape, (recipient, KINDS[paper.kind], paper.paper_id, "; ".join(points))))
    if table.row_count:
        show_table(table)
    checked = dutch.count(len(of_flow), "stuk", "stukken")
    console.print(f"{checked} nagegaan op {dutch.day(local_day(context.now))}; {table.row_count} met aandachtspunten.")
    return int(table.row_count > 0)
