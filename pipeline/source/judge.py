"""Great Expectations: judges the facts of a night by the suites, and leaves Data Docs of it.

Its import takes seconds and 280 MB, so only the check step imports this file, once a night. It sees one row of
numbers per feed; nothing goes to its makers, and nothing is written but the Data Docs.
"""

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ["GX_ANALYTICS_ENABLED"] = "False"  # before the import, which may read it

import great_expectations as gx
import pandas as pd
from great_expectations.constants import DATAFRAME_REPLACEMENT_STR
from great_expectations.core.batch_definition import BatchDefinition
from great_expectations.core.expectation_validation_result import (
    ExpectationSuiteValidationResult,
    ExpectationValidationResult,
)
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.data_context.types.resource_identifiers import (
    ExpectationSuiteIdentifier,
    ValidationResultIdentifier,
)
from great_expectations.expectations.core.expect_column_max_to_be_between import ExpectColumnMaxToBeBetween

from expectations.rules import Facts, Rule
from expectations.suites import Suites
from pipeline.core.errors import FeedError
from pipeline.core.ground import only_a_warning
from pipeline.core.page_folder import page_folder, writing_page

_NO_FRAME = {"dataframe": DATAFRAME_REPLACEMENT_STR}
_WITHOUT_VALUES = {"result_format": "BASIC", "exclude_unexpected_values": True}


def judge(suites: Suites, facts: Mapping[str, Facts], docs: Path | None) -> set[tuple[str, str]]:
    """The rules that fail, as (feed, fact); builds the Data Docs into `docs`, whatever the outcome.

    A folder that takes no files gets a warning and no Data Docs.

    Raises FeedError when Great Expectations could not judge a rule: that is never a pass.
    """
    site = _that_takes_files(docs)
    context = _context(site)
    # One asset for all: Great Expectations writes its whole configuration anew for each, in memory.
    night = context.data_sources.add_pandas("snapshot").add_dataframe_asset("facts")
    whole = night.add_batch_definition_whole_dataframe("night")
    results = {feed: _validated(whole, feed, rules, facts.get(feed, {})) for feed, rules in suites.items()}
    failed = {(feed, rule.fact) for feed, rules in suites.items() for rule in _failures(feed, rules, results[feed])}
    if site is not None:
        with only_a_warning("no Data Docs"):
            _build_docs(context, suites, results)
    return failed


def _validated(
    night: BatchDefinition[Any], feed: str, rules: tuple[Rule, ...], facts: Facts
) -> ExpectationSuiteValidationResult:
    """Judged without the stores of Great Expectations, which take as long again."""
    batch = night.get_batch({"dataframe": pd.DataFrame([dict(facts)])})
    return batch.validate(_suite(feed, rules), result_format=_WITHOUT_VALUES)


def _suite(feed: str, rules: tuple[Rule, ...]) -> gx.ExpectationSuite:
    # On one row the column's maximum is the fact; unlike expectations on values it never passes over a NULL.
    expectations = [
        ExpectColumnMaxToBeBetween(column=rule.fact, min_value=rule.at_least, max_value=rule.at_most) for rule in rules
    ]
    return gx.ExpectationSuite(name=feed, expectations=expectations)


def _build_docs(
    context: EphemeralDataContext, suites: Suites, results: Mapping[str, ExpectationSuiteValidationResult]
) -> None:
    """Of results that are there: nothing is judged again."""
    run = RunIdentifier(run_time=datetime.now(UTC))
    for feed, result in results.items():
        context.suites.add(_suite(feed, suites[feed]))
        result.meta |= {"run_id": run, "validation_time": run.run_time, "batch_parameters": _NO_FRAME}
        key = ValidationResultIdentifier(ExpectationSuiteIdentifier(feed), run, result.batch_id)
        context.validation_results_store.set(key, result)
    context.build_data_docs()


def _that_takes_files(docs: Path | None) -> Path | None:
    """Great Expectations makes its folder as soon as it knows of one."""
    with only_a_warning("no Data Docs"):
        if docs is not None:
            with writing_page(page_folder(docs) / "index.html"):
                pass
            return docs
    return None


def _failures(feed: str, rules: tuple[Rule, ...], result: ExpectationSuiteValidationResult) -> Iterator[Rule]:
    results = {each.expectation_config.kwargs["column"]: each for each in result.results if each.expectation_config}
    for rule in rules:
        verdict = results.get(rule.fact)
        if verdict is None or _crashed(verdict):
            raise FeedError(
                f"the check of feed {feed} itself failed on rule {rule.fact}, so nothing may be published: "
                "report this as a bug of the pipeline"
            )
        if not verdict.success:
            yield rule


def _crashed(result: ExpectationValidationResult) -> bool:
    """A crash comes back as a plain failure; its exception_info is one, or one per metric."""
    info = result.exception_info or {}
    infos = [info, *(value for value in info.values() if isinstance(value, dict))]
    return any(each.get("raised_exception") for each in infos) or result.result.get("observed_value") is None


def _context(docs: Path | None) -> EphemeralDataContext:
    return gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            analytics_enabled=False,
            progress_bars=ProgressBarsConfig(globally=False),
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            data_docs_sites={"night": _site(docs)} if docs is not None else {},
        ),
    )


def _site(docs: Path) -> dict[str, object]:
    return {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(docs.absolute())},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }
