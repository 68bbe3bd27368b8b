"""The manifest is a Frictionless Data Package that tells the truth about the files beside it."""

import hashlib
import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from pipeline.delivery.columns import COLUMNS
from tests.golden.example import AWKWARD, ORDER, content, example, personal_in
from tests.unit.delivery.test_render_csv import HEADER

ALL = ("csv", "xlsx", "parquet")


def manifest_of(drop) -> dict:
    return json.loads(Path(drop.manifest.path).read_bytes())


def test_the_package_has_what_frictionless_requires(tmp_path):
    """specs.frictionlessdata.io, v1: data-package, data-resource, tabular-data-resource, table-schema."""
    package = manifest_of(example(tmp_path, AWKWARD, *ALL))
    assert package["profile"] == "data-package"
    assert re.fullmatch(r"[-a-z0-9._/]+", package["name"])
    assert all(source["title"] for source in package["sources"])
    names = [resource["name"] for resource in package["resources"]]
    assert len(set(names)) == len(ALL) and all(re.fullmatch(r"[-a-z0-9._/]+", name) for name in names)
    for resource in package["resources"]:
        assert not resource["path"].startswith((".", "/")) and "/" not in resource["path"]
        assert re.fullmatch(r"[^/]+/[^/]+", resource["mediatype"])
        assert resource["path"].endswith("." + resource["format"])


def test_each_file_is_described_as_it_is(tmp_path):
    drop = example(tmp_path, AWKWARD, *ALL)
    resources = manifest_of(drop)["resources"]
    assert [resource["path"] for resource in resources] == [file.name for file in drop.data]
    for at, resource in enumerate(resources):
        assert resource["bytes"] == len(content(drop, at)) == drop.data[at].bytes
        assert resource["hash"] == "sha256:" + hashlib.sha256(content(drop, at)).hexdigest()
        assert resource["hash"].endswith(drop.data[at].sha256)


def test_the_manifest_is_hashed_for_its_successor(tmp_path):
    drop = example(tmp_path)
    written = Path(drop.manifest.path).read_bytes()
    assert (drop.manifest.bytes, drop.manifest.sha256) == (len(written), hashlib.sha256(written).hexdigest())


def test_the_schema_is_that_of_the_file(tmp_path):
    (resource,) = manifest_of(example(tmp_path))["resources"]
    schema = resource["schema"]
    assert [field["name"] for field in schema["fields"]] == HEADER.split(";")
    assert {field["type"] for field in schema["fields"]} == {"string"}
    assert all(field["title"] and field["description"].endswith(".") for field in schema["fields"])
    assert (schema["primaryKey"], schema["missingValues"]) == (["referentie"], [""])
    required = [field["name"] for field in schema["fields"] if field.get("constraints", {}).get("required")]
    assert required == [column.header for column in COLUMNS if column.required] == HEADER.split(";")[:3]
    assert schema["fields"][0]["constraints"]["unique"] and {*schema["fields"][0]["constraints"]} > {"pattern"}


def test_each_field_has_the_term_of_oslo(tmp_path):
    """As OSLO Persoon and Adres have them: a person, an Adresvoorstelling, a Contactinfo."""
    csv, workbook = manifest_of(example(tmp_path, AWKWARD, "csv", "xlsx"))["resources"]
    adres = "https://data.vlaanderen.be/ns/adres#"
    terms = {field["name"]: field["propertyUrl"] for field in csv["schema"]["fields"]}
    assert terms == {
        "referentie": "http://www.w3.org/ns/adms#identifier",
        "voornaam": "http://xmlns.com/foaf/0.1/givenName",
        "achternaam": "http://xmlns.com/foaf/0.1/familyName",
        "straatnaam": "http://www.w3.org/ns/locn#thoroughfare",
        "huisnummer": f"{adres}Adresvoorstelling.huisnummer",
        "busnummer": f"{adres}Adresvoorstelling.busnummer",
        "postcode": "http://www.w3.org/ns/locn#postCode",
        "gemeentenaam": f"{adres}gemeentenaam",
        "telefoon": "http://schema.org/telephone",
        "e-mail": "http://schema.org/email",
    }
    (stand, *fields) = workbook["schema"]["fields"]
    assert {field["name"]: field["propertyUrl"] for field in fields} == terms
    assert stand["name"] == "Stand" and "propertyUrl" not in stand, "a word of ours"


def test_the_csv_dialect_is_that_of_the_file(tmp_path):
    drop = example(tmp_path)
    (resource,) = manifest_of(drop)["resources"]
    dialect = resource["dialect"]
    assert resource["profile"] == "tabular-data-resource" and resource["encoding"] == "utf-8"
    assert HEADER + dialect["lineTerminator"] == content(drop).decode("utf-8-sig")[: len(HEADER) + 2]
    assert (dialect["delimiter"], dialect["quoteChar"], dialect["doubleQuote"]) == (";", '"', True)


def test_it_says_on_what_grounds(tmp_path):
    package = manifest_of(example(tmp_path))
    expected = {
        "recipient": {"kbo": "0212214125", "name": "OCMW Gent"},
        "rows": len(AWKWARD),
        "night": "2026-06-15",
        "sequence": 42,
        "run": "scheduled__2026-06-15T01:30:00+00:00",
        "decided_at": "2026-06-15T01:30:00+00:00",
        "agreements": ["A-2025-001", "A-2025-002"],
        "protocols": ["P-2025-001"],
        "retention_days": 365,
        "previous_manifest_sha256": "0" * 64,
        "ledger_head": {"n": 7, "sha256": "f" * 64},
        "reference_key_id": "test-2026",
    }
    assert {key: package[key] for key in expected} == expected


def test_the_first_drop_says_there_was_none_before(tmp_path):
    package = manifest_of(example(tmp_path, previous_manifest_sha256=None, ledger_head=None))
    assert package["previous_manifest_sha256"] is None and package["ledger_head"] is None


def test_no_personal_value_is_in_it(tmp_path):
    assert personal_in(Path(example(tmp_path, AWKWARD, *ALL).manifest.path).read_bytes()) == []


def test_an_instant_reads_the_same_in_any_zone(tmp_path):
    elsewhere = ORDER.decided_at.astimezone(timezone(timedelta(hours=2)))
    assert example(tmp_path / "a").manifest.sha256 == example(tmp_path / "b", decided_at=elsewhere).manifest.sha256


@pytest.mark.parametrize(
    "mistake", [{"decided_at": datetime(2026, 6, 15, 1, 30)}, {"sequence": 0}, {"sequence": 1_000_000}], ids=str
)
def test_an_order_that_cannot_be_is_refused(tmp_path, mistake):
    with pytest.raises(ValueError):
        example(tmp_path, **mistake)
