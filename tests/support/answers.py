"""A desk where a parent's question is answered: an agency, a ledger with lines written as a delivery writes them, keys.

Nothing is sent; `deliver` puts on record what a night would have, under the ledger's key of that moment.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from pipeline.answers.person.collect import collect_facts
from pipeline.answers.person.facts import AccessRequest, PersonFacts
from pipeline.answers.person.report import person_report
from pipeline.answers.texts import AgencyContact
from pipeline.core.connections import Connection
from pipeline.core.documents.document import Document, Facts, Items, Text
from pipeline.core.documents.table import Table
from pipeline.core.model import Kbo, Moment
from pipeline.core.settings import Settings
from pipeline.delivery.references import ReferenceKey, references
from pipeline.gate.release import release_within
from pipeline.gate.replay.record import record_of
from pipeline.ledger.db.ledger import LedgerDb
from pipeline.ledger.db.log import write_notice
from pipeline.ledger.db.nights import NightDecisions
from pipeline.ledger.db.suppression import SuppressionRecords
from pipeline.ledger.disclosures import Disclosure, Withdrawal
from pipeline.ledger.events import Contents, Event, Kind
from pipeline.ledger.notices import NoticeEvent, Step
from pipeline.ledger.persons import LedgerKey, insz_hash, person_hashes
from tests.support.worlds.ledgers import new_ledger
from tests.support.worlds.tables import World, stage

BRUGGE, GENT = Kbo("0207832792"), Kbo("0212214125")
AGENCY = AgencyContact("Het agentschap", ("Hoe u ons bereikt.",))
REFERENCES = ReferenceKey("reference", bytes(range(32)))
UP_TO = (Kind.INTENT, Kind.RELEASING, Kind.PUBLISHED, Kind.FETCHED)
ASKED_AT = datetime(2026, 7, 1, 9, tzinfo=UTC)

Parent = tuple[int, str | None]
"""parent_id and INSZ."""


def ledger_key(name: str) -> LedgerKey:
    return LedgerKey(name, name.encode().ljust(32, b"."))


@dataclass
class Desk:
    """`agency` and `ledger` are addresses; `keys` the ledger's, the one in use first."""

    folder: Path
    agency: str
    ledger_uri: str
    keys: list[LedgerKey] = field(default_factory=lambda: [ledger_key("first")])
    sequences: dict[Kbo, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ledger: LedgerDb = new_ledger(self.ledger_uri)

    @property
    def key(self) -> LedgerKey:
        return self.keys[0]

    def rotate(self, name: str) -> None:
        """Another key from now on; the old one is kept under its id."""
        self.keys.insert(0, ledger_key(name))

    @property
    def suppression(self) -> SuppressionRecords:
        return SuppressionRecords(self.ledger.engine, self.key, {key.id: key for key in self.keys}.__getitem__)

    def connections(self, conn_id: str) -> Connection | None:
        named = {f"ledger_key_{key.id}": key for key in self.keys[1:]} | {"ledger_key": self.key}
        key = named.get(conn_id)
        secret = base64.b64encode(key.secret).decode() if key else None
        return Connection(conn_id, "generic", login=key.id, password=secret) if key else None

    @property
    def environment(self) -> dict[str, str]:
        """As the command line finds it."""
        secret = base64.b64encode(self.key.secret).decode().replace("/", "%2F").replace("+", "%2B")
        return {
            "AIRFLOW_CONN_AGENCY_DB": self.agency,
            "AIRFLOW_CONN_LEDGER_DB": self.ledger_uri,
            "AIRFLOW_CONN_LEDGER_KEY": f"generic://{self.key.id}:{secret}@",
            "GEGEVENSDELING_STAGING": str(self.folder / "staging"),
        }

    def deliver(
        self,
        kbo: Kbo,
        night: date,
        parents: Iterable[Parent],
        fields: tuple[str, ...] = ("address", "name"),
        last: Kind = Kind.PUBLISHED,
        event: int | None = None,
    ) -> list[Disclosure]:
        """That night's drop, as far as `last`; its lines."""
        lines = [self.line(kbo, *parent, fields, event) for parent in parents]
        sequence = self.sequences[kbo] = self.sequences.get(kbo, 0) + 1
        contents = Contents(sequence, f"S{sequence}", len(lines), {"d.csv": "aa"}, "m.json", f"{kbo}-{sequence}")
        for hour, kind in enumerate(UP_TO[: UP_TO.index(last) + 1]):
            at = datetime(night.year, night.month, night.day, 1, 30, tzinfo=UTC) + timedelta(hours=hour)
            with self.ledger.delivering(kbo) as log:
                log.record(Event(kbo, night, "run", kind, at, contents), lines if kind is Kind.INTENT else ())
        return lines

    def line(self, kbo: Kbo, parent: int, insz: str | None, fields: tuple[str, ...], event: int | None) -> Disclosure:
        """`event`: the parent's own, which has its number in small worlds."""
        return Disclosure(
            reference=references(REFERENCES, kbo, [parent])[0].as_py(),
            person=person_hashes(self.key, [parent])[0],
            insz=insz_hash(self.key, insz) if insz else None,
            key_id=self.key.id,
            fields=fields,
            agreements=(f"A{kbo}",),
            protocols=(f"P{kbo}",),
            consent_event=parent if event is None else event,
            text_version="v1",
            retention_days=365,
        )

    def withdraw(self, kbo: Kbo, line: Disclosure, cause: str, on: date) -> None:
        at = datetime(on.year, on.month, on.day, 2, tzinfo=UTC)
        due = Withdrawal(kbo, line.reference, line.person, line.key_id, cause, self.sequences[kbo], "run", on, at)
        self.ledger.record_withdrawals([due])

    def decide(self, made: World, at: datetime) -> None:
        """What a night on this world decided goes on record."""
        checked, moment = stage(made, self.folder / "staged", at), Moment.of(at)
        listed = self.suppression.read()
        decided, bound = release_within(listed, checked, moment, Settings(), self.folder / "release")
        self.suppression.keep(bound.new, at.date(), at)
        packed = record_of(checked, decided, Settings(), self.key, self.folder / "release", bound)
        self.ledger.save_decisions(NightDecisions("run", at.date(), at, self.key.id, packed), 400)

    def tell(self, kbo: Kbo, on: date) -> None:
        """All that the recipient is to be told goes out in one notice, which it acknowledges an hour later."""
        not_notified = self.ledger.recipient(kbo).not_notified()
        for hours, step in enumerate((Step.INTENT, Step.RELEASING, Step.PUBLISHED, Step.ACKNOWLEDGED)):
            at = datetime(on.year, on.month, on.day, hours + 1, tzinfo=UTC)
            event = NoticeEvent(kbo, 1, step, "run", at, "N1", "N1.csv", "aa", len(not_notified))
            with self.ledger.engine.begin() as connection:
                write_notice(connection, event, not_notified)

    def ask(self, insz: str | None = None, parent: int | None = None, at: datetime = ASKED_AT) -> PersonFacts:
        request = AccessRequest(insz=insz, parent_id=parent, at=at, who="dpo", reason="INZ-1")
        folder = self.folder / f"ask-{at:%H%M%S%f}"
        return collect_facts(request, self.agency, self.ledger, self.connections, Settings(), folder)

    def report(self, insz: str | None = None, parent: int | None = None, at: datetime = ASKED_AT) -> Document:
        return person_report(self.ask(insz, parent, at), AGENCY)


def texts(document: Document) -> list[str]:
    """Everything that a document says, piece by piece, in its order."""
    said = [document.title, document.subtitle, document.made, document.footer]
    said += [text for row in document.facts.rows for text in row]
    for heading, blocks in document.sections.items():
        said.append(heading)
        for block in blocks:
            match block:
                case Text():
                    said.append(block.text)
                case Items():
                    said += block.items
                case Facts():
                    said += [text for row in block.rows for text in row]
                case Table():
                    said += [block.caption, *block.columns, *(cell for row in block.texts for cell in row)]
    return said


def tables(document: Document) -> dict[str, tuple[tuple[str, ...], ...]]:
    """The rows of every table, by its caption."""
    blocks = [block for blocks in document.sections.values() for block in blocks]
    return {table.caption: table.texts for table in blocks if isinstance(table, Table)}
