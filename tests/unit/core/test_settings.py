"""Settings from the environment: every name is known, every value parses, and what is wrong is named."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from pipeline.core.errors import SettingsError
from pipeline.core.settings import AT_LEAST, AT_MOST, PREFIX, Settings
from tests.support import PROJECT

NUMBERS = [field for field in fields(Settings) if field.type in (int, float)]


def test_nothing_set_is_the_defaults() -> None:
    assert Settings.load({}) == Settings() == Settings.load({"HOME": "/root", "AIRFLOW__CORE__DAGS_FOLDER": "x"})


def test_the_assumptions_of_the_domain_are_the_defaults() -> None:
    settings = Settings()
    assert settings.child_age_limit_years == 3
    assert settings.max_feed_age_hours == 26
    assert settings.max_change_share == 0.2
    assert settings.max_quarantined_share == settings.max_unknown_municipality_share == 0.05


def test_each_has_a_row_in_the_documents_with_its_default() -> None:
    page = (PROJECT / "docs" / "deployment.md").read_text("utf-8")
    rows = re.findall(r"^\| `([A-Z_]+)` \| (?:`(.+?)`|\*\(.+?\)\*) \| ", page, re.MULTILINE)
    told = sorted(row for row in rows if row[0].lower() in Settings.__dataclass_fields__)
    defaults = {field.name.upper(): field.default for field in fields(Settings)}
    assert told == sorted((name, each if isinstance(each, str) else f"{each:g}") for name, each in defaults.items())


@pytest.mark.parametrize("field", fields(Settings), ids=lambda field: field.name)
def test_each_can_be_set(field) -> None:
    value = "0.5" if field.name.endswith("_share") else {int: "7", float: "3.5", str: "elsewhere"}[field.type]
    settings = Settings.load({PREFIX + field.name.upper(): value})
    assert getattr(settings, field.name) == field.type(value)
    assert type(getattr(settings, field.name)) is field.type


@pytest.mark.parametrize("name", AT_MOST)
def test_a_safeguard_cannot_be_switched_off(name: str) -> None:
    key, most = PREFIX + name.upper(), AT_MOST[name]
    assert getattr(Settings.load({key: str(most)}), name) == most
    with pytest.raises(SettingsError, match=rf"{key} is a safeguard: it can be at most {most}"):
        Settings.load({key: str(most + 1)})


@pytest.mark.parametrize("name", AT_LEAST)
def test_nor_can_one_that_bounds_from_below(name: str) -> None:
    key, least = PREFIX + name.upper(), AT_LEAST[name]
    assert getattr(Settings.load({key: str(least)}), name) == least
    with pytest.raises(SettingsError, match=rf"{key} is a safeguard: it must be at least {least}"):
        Settings.load({key: str(least - 1)})


@pytest.mark.parametrize("field", NUMBERS, ids=lambda field: field.name)
@pytest.mark.parametrize("text", ["", "x", "1,5", "0x10", "1 uur"])
def test_what_is_no_number_is_named(field, text: str) -> None:
    name = PREFIX + field.name.upper()
    with pytest.raises(SettingsError) as caught:
        Settings.load({name: text})
    assert str(caught.value) == f"{name} is not {'a whole number' if field.type is int else 'a number'}"


def test_a_whole_number_takes_no_fraction() -> None:
    with pytest.raises(SettingsError, match="CHILD_AGE_LIMIT_YEARS is not a whole number"):
        Settings.load({PREFIX + "CHILD_AGE_LIMIT_YEARS": "2.5"})


@pytest.mark.parametrize("field", NUMBERS, ids=lambda field: field.name)
@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "-1"])
def test_a_limit_that_would_switch_a_check_off_is_refused(field, text: str) -> None:
    """No comparison with `nan` holds, and nothing exceeds `inf`: either would let everything through."""
    with pytest.raises(SettingsError, match=PREFIX + field.name.upper()):
        Settings.load({PREFIX + field.name.upper(): text})


@pytest.mark.parametrize("name", ["MAX_FEED_AGE", "max_feed_age_hours", "STAGING_"])
def test_a_name_that_is_no_setting_is_refused(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load({PREFIX + name: "5"})
    assert str(caught.value) == f"unknown setting {PREFIX}{name}: see pipeline/core/settings.py for the list"


@pytest.mark.parametrize(("staging", "folder"), [("/a/b", "/a/b"), ("file:///a/b", "/a/b"), ("a", f"{Path.cwd()}/a")])
def test_the_staging_folder(staging: str, folder: str) -> None:
    assert Settings(staging=staging).staging_folder == Path(folder)


def test_a_task_works_in_scratch_where_staging_is_a_store() -> None:
    assert Settings(staging="s3://bucket/x", scratch="/a/b").staging_folder == Path("/a/b")


@pytest.mark.parametrize("staging", ["gs://bucket/x", "http://host/x"])
def test_staging_elsewhere_is_refused(staging: str) -> None:
    with pytest.raises(SettingsError, match=r"is not supported: set GEGEVENSDELING_STAGING to a folder"):
        _ = Settings(staging=staging).staging_folder
