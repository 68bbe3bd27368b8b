"""The floor: the agency's tables to Arrow, one query, COPY ... PARTITION_BY. No checks, no manifests, no references."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import adbc_driver_sqlite.dbapi
import duckdb

from bench.timing import timed

TABLES = {
    "recipient_municipality": "kbo, nis_code, valid_from, coalesce(valid_until, '') as valid_until",
    "family": "family_id, local_team_id",
    "parent": "parent_id, family_id, coalesce(insz, '-') as insz, coalesce(first_name, '') as first_name, "
    "coalesce(last_name, '') as last_name, coalesce(phone, '') as phone, coalesce(email, '') as email, "
    "coalesce(deceased_on, '') as deceased_on",
    "residence": "parent_id, valid_from, recorded_at, coalesce(street, '') as street, "
    "coalesce(house_number, '') as house_number, coalesce(box_number, '') as box_number, "
    "coalesce(postal_code, '') as postal_code, coalesce(nis_code, '') as nis_code, confidential",
    "child": "child_id, family_id, birth_date",
    "indicator_assessment": "assessment_id, child_id, assessed_on, recorded_at, coalesce(income, -1) as income, "
    "coalesce(education, -1) as education, coalesce(employment, -1) as employment, "
    "coalesce(stimulation, -1) as stimulation, coalesce(housing, -1) as housing, coalesce(health, -1) as health",
    "agreement": "agreement_id, recorded_at, kbo, local_team_id, coalesce(signed_on, '') as signed_on, valid_from, "
    "coalesce(valid_until, '') as valid_until, coalesce(ended_on, '') as ended_on, "
    "coalesce(min_criteria, 3) as min_criteria",
    "protocol": "protocol_id, recorded_at, kbo, legal_basis, kind, coalesce(signed_on, '') as signed_on, "
    "coalesce(published_url, '') as published_url, coalesce(dpo_advice_on, '') as dpo_advice_on, "
    "coalesce(recipient_published_url, '') as recipient_published_url, "
    "coalesce(recipient_dpo_advice_on, '') as recipient_dpo_advice_on, valid_from, "
    "coalesce(valid_until, '') as valid_until, coalesce(ended_on, '') as ended_on, fields",
    "consent_text": "text_version, accepted_from, coalesce(accepted_until, '') as accepted_until",
    "consent_event": "event_id, parent_id, kbo, kind, coalesce(text_version, '') as text_version, "
    "coalesce(fields, '') as fields, coalesce(valid_until, '') as valid_until, occurred_at, recorded_at",
}


def run(agency: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    here, reference = Path(__file__).parent, Path(__file__).parents[1] / "pipeline" / "reference"
    now = datetime.now(UTC)
    with adbc_driver_sqlite.dbapi.connect(f"file:{agency}?mode=ro") as connection, duckdb.connect() as engine:
        engine.execute("set threads = 2")
        engine.execute("set TimeZone = 'UTC'")
        for table, columns in TABLES.items():
            with connection.cursor() as cursor:
                cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": "65536"})
                cursor.execute(f"select {columns} from {table}")
                engine.register("raw", cursor.fetch_record_batch())
                engine.execute(f"create table {table} as from raw")
        query = (here / "bare.sql").read_text("utf-8").replace("{reference}", str(reference))
        engine.execute(f"create table released as {query}", {"now": now})
        engine.execute(
            f"copy released to '{folder / 'drops'}' "
            "(format csv, partition_by (kbo), delimiter ';', header, overwrite_or_ignore)"
        )


if __name__ == "__main__":
    timed(lambda: run(Path(sys.argv[1]), Path(sys.argv[2])))
