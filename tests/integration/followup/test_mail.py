"""A mail over a real mail server: encrypted and logged in, or a clear error that says what to mend, and no address."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.core.connections import Connection
from pipeline.core.errors import DeliveryTransient, SettingsError
from pipeline.followup.mail import send_mail
from tests.support.servers.mail_server import Server, mail_server

TO = "it@ocmw.example.org"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with mail_server(tmp_path) as running:
        yield running


def send(connection: Connection) -> None:
    send_mail(connection, TO, "Onderwerp met é", "Dag,\n\nEr staat iets klaar.\n", timeout=5)


def test_it_arrives_whole_over_starttls(server: Server) -> None:
    send(server.connection())
    (got,) = server.received
    assert (got["To"], got["From"]) == (TO, "gegevensdeling@agency.example.org")
    assert got["Subject"] == "Onderwerp met é" and got.get_content().splitlines()[-1] == "Er staat iets klaar."


def test_a_server_that_takes_it_and_leaves_badly_has_it(server: Server) -> None:
    """Else it would be sent again every hour."""
    server.leave = "421 too busy"
    send(server.connection())
    assert len(server.received) == 1


WRONG = {
    "a wrong password": (lambda server: server.connection("wrong"), "refuses it (reply 535)"),
    "a password beyond ASCII": (lambda server: server.connection("gehëim"), "is not ASCII"),
    "a certificate of nobody": (lambda server: server.connection(ca_file=None), "certificate is not trusted"),
    "another name": (lambda server: replace(server.connection(), host="127.0.0.1"), "certificate is not trusted"),
    "no sender": (lambda server: server.connection(sender=None), "lacks extra sender"),
    "two lines of sender": (lambda server: server.connection(sender="a@b.example\nBcc: c@d"), "lacks extra sender"),
    "an unknown security": (lambda server: server.connection(security="maybe"), "a `security` among"),
    "in clear": (lambda server: server.connection(security="none"), "offers no STARTTLS or no login"),
    "no file of authorities": (lambda server: server.connection(ca_file="/nowhere"), "ca_file cannot be read"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_a_person_must_mend_is_refused(server: Server, wrong: str) -> None:
    made, says = WRONG[wrong]
    with pytest.raises(SettingsError) as refused:
        send(made(server))
    assert says in str(refused.value) and TO not in str(refused.value)
    assert server.received == []


@pytest.mark.parametrize("reply, error", [("550 unknown", SettingsError), ("451 later", DeliveryTransient)])
def test_a_refused_address_is_for_a_person_and_a_busy_server_is_tried_again(
    server: Server, reply: str, error: type[Exception]
) -> None:
    server.reply = reply
    with pytest.raises(error, match=rf"refuses the recipient \(reply {reply[:3]}\)") as refused:
        send(server.connection())
    assert TO not in str(refused.value)


def test_one_of_several_addresses_that_is_refused_is_a_warning(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.unknown = "gone@ocmw.example.org"
    send_mail(server.connection(), f"{TO}, {server.unknown}", "Onderwerp", "Tekst", timeout=5)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("pipeline.")]
    assert len(server.received) == 1 and ["refuses 1 recipients" in says for says in ours] == [True]
    assert "gone@" not in ours[0]


def test_a_server_that_is_away_is_tried_again(server: Server) -> None:
    with pytest.raises(DeliveryTransient, match=r"the mail server failed \(ConnectionRefusedError\)"):
        send(replace(server.connection(), port=1))


def test_a_server_without_starttls_gets_nothing(tmp_path: Path) -> None:
    with mail_server(tmp_path, tls=False) as server:
        with pytest.raises(SettingsError, match="offers no STARTTLS"):
            send(server.connection())
        assert server.received == []
        send(replace(server.connection(security="none"), login=None))
        assert len(server.received) == 1, "unless that is written out"
