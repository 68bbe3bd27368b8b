"""After every night: the overview of today, put whole where the page in Airflow serves it."""

import logging
from datetime import timedelta
from pathlib import Path

from pipeline.answers.overview import texts
from pipeline.answers.overview.collect import collect_overview
from pipeline.answers.overview.editions import (
    FILE,
    OverviewSummary,
    new_overview,
    newest_overview,
    purge_overviews,
)
from pipeline.answers.overview.model import AuthorityState, Overview
from pipeline.answers.overview.store_editions import purge_overviews_in
from pipeline.answers.overview.write import write_overview
from pipeline.core.local_time import local_day
from pipeline.core.pages import put_tree
from pipeline.core.run import RunContext
from pipeline.core.serialize import to_json
from pipeline.core.staging import Staging, purge_leftover
from pipeline.ledger.db.kept_connections import kept_connections
from pipeline.ledger.db.ledger import open_existing_ledger
from pipeline.tasks.work import in_work_folder

log = logging.getLogger(__name__)


@in_work_folder
@kept_connections()
def renew_overview(context: RunContext) -> dict[str, int]:
    """As of today in Brussels, with what is known now; how many authorities are in which state.

    Raises as `collect_overview`: then the last complete overview stays.
    """
    now, settings = context.clock(), context.settings
    store, today = context.store("overviews"), local_day(now)
    root = Path(settings.overviews).absolute() if store is None else context.folder / "overviews"
    spill = context.work / "spill" if context.work else context.folder
    try:
        overview = collect_overview(context.agency, open_existing_ledger(context.ledger), today, now, settings, spill)
    finally:
        purge_leftover(spill)
    with new_overview(root, now) as folder:
        write_overview(overview, folder)
        Staging(folder).write(FILE, to_json(summarize(overview)))
    if store is not None and (made := newest_overview(root)):
        put_tree(store, made.name, made, last=FILE)
        purge_overviews_in(store, now - timedelta(days=settings.docs_days))
    else:
        purge_overviews(root, now - timedelta(days=settings.docs_days))
    states = {str(state): len(overview.of(state)) for state in AuthorityState}
    log.info("overview of %s: %s", today, ", ".join(f"{count} {state}" for state, count in states.items()))
    return states


_NAMES = texts.STATES | {AuthorityState.IN_FORCE: "van kracht, zonder levering"}


def summarize(overview: Overview) -> OverviewSummary:
    states = [(state, len(overview.of(state))) for state in reversed(AuthorityState)]
    unknown = () if overview.drops_known else (AuthorityState.EXCHANGING, AuthorityState.IN_FORCE)
    return OverviewSummary(
        as_of=overview.as_of,
        known_at=overview.known_at,
        answer=texts.answer(overview),
        figures=tuple((_NAMES[state], None if state in unknown else number) for state, number in states),
        names={authority.kbo: authority.name for authority in overview.authorities},
    )
