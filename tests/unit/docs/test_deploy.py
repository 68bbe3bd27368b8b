"""deploy/ says what an image and its containers may do; what no linter of ours knows is held against rules here."""

import re
from dataclasses import fields
from typing import Any

import pytest
import yaml

from pipeline.core.settings import PREFIX, Settings
from tests.support import PROJECT

DEPLOY = PROJECT / "deploy"
FILES = sorted(str(path.relative_to(DEPLOY)) for path in DEPLOY.rglob("*") if path.is_file())
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
CONTAINERFILE = (DEPLOY / "Containerfile").read_text("utf-8")


@pytest.mark.parametrize("name", FILES)
def test_no_file_names_the_host_of_a_registry(name: str) -> None:
    text = (DEPLOY / name).read_text("utf-8")
    assert not re.search(r"\b[a-z0-9-]+\.(io|com|net|eu|be)/", text)
    assert set(re.findall(r"^FROM (\S+)", text, re.M)) <= {"${BASE}"}


@pytest.mark.parametrize("name", FILES)
def test_each_setting_in_a_file_is_one_of_ours(name: str) -> None:
    known = {PREFIX + field.name.upper() for field in fields(Settings)}
    of_compose = {f"{PREFIX}IMAGE", f"{PREFIX}ETC"}
    found = set(re.findall(rf"\b{PREFIX}[A-Z_]+", (DEPLOY / name).read_text("utf-8")))
    assert found <= known | of_compose


def test_the_image_runs_as_nobody_of_importance_and_keeps_its_bytecode() -> None:
    assert re.findall(r"^USER (.*)$", CONTAINERFILE, re.M)[-1] == "50000:0"
    assert not re.search(r"^(ENV|ARG).*PYTHONDONTWRITEBYTECODE", CONTAINERFILE, re.M)
    installed = re.findall(r"pip install [^&]*", CONTAINERFILE)
    assert len(installed) == 2 and all("--require-hashes" in one and "--no-index" in one for one in installed)


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_a_container_of_one_machine_is_shut_up(name: str) -> None:
    service: dict[str, Any] = COMPOSE["services"][name]
    assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["mem_limit"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_a_pod_of_a_task_is_shut_up() -> None:
    spec = yaml.safe_load((DEPLOY / "pod-template.yaml").read_text("utf-8"))["spec"]
    (container,) = spec["containers"]
    assert container["name"] == "base", "Airflow looks for it by this name"
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    assert spec["securityContext"]["runAsNonRoot"] and not spec["automountServiceAccountToken"]
    assert {"cpu", "memory", "ephemeral-storage"} <= set(container["resources"]["limits"])
