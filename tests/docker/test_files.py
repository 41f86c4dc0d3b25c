"""docker/'s files, read without an engine: what the linters say, what is hardened, which secrets have a default."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.kits.engine import DOCKER, SERVICES, compose, ran

PROGRAMS = Path(sys.executable).parent
SECRETS = [f"DIGITS_{name}" for name in ("ADMIN_PASSWORD", "FERNET_KEY", "JWT_SECRET", "SECRET_KEY")]
SECRETS += [*(f"DIGITS_{name}_PASSWORD" for name in ("POSTGRES", "REDIS")), "AWS_SECRET_ACCESS_KEY"]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("secrets")
    ran([DOCKER / "secrets.sh", folder], dict(os.environ))
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DIGITS_"))}
    return mine | {"COMPOSE_ENV_FILES": str(folder / ".env"), "COMPOSE_PROFILES": "*"}


@pytest.fixture(scope="module")
def services(environment: dict[str, str]) -> dict[str, Any]:
    return dict(yaml.safe_load(compose(environment, "config"))["services"])


@pytest.mark.parametrize("file", [DOCKER / "Dockerfile", SERVICES / "Dockerfile"], ids=["images", "stand-ins"])
def test_hadolint_has_nothing_to_say(file: Path) -> None:
    done = subprocess.run([PROGRAMS / "hadolint", file], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 0)


def test_compose_takes_the_file_without_a_word(environment: dict[str, str]) -> None:
    command = [PROGRAMS / "docker-compose", "--file", DOCKER / "compose.yaml", "config", "--quiet"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_has_a_default(environment: dict[str, str], tmp_path: Path, name: str) -> None:
    secrets = Path(environment["COMPOSE_ENV_FILES"]).read_text().splitlines()
    (without := tmp_path / ".env").write_text("\n".join(each for each in secrets if not each.startswith(name)))
    with pytest.raises(AssertionError, match=rf"{name}.*run make secrets"):
        compose(environment | {"COMPOSE_ENV_FILES": str(without)}, "config")


def test_secrets_are_the_owners_alone_differ_and_are_never_written_over(tmp_path: Path) -> None:
    ran([DOCKER / "secrets.sh", tmp_path], dict(os.environ))
    written = (file := tmp_path / ".env").read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    values = dict(line.split("=", 1) for line in written.splitlines())
    plain = {name: values.pop(name) for name in list(values) if name not in SECRETS}
    assert (plain["COMPOSE_PROFILES"], plain["DIGITS_REMOTE"]) == ("s3", "s3://digits/store")
    assert sorted(values) == sorted(SECRETS)
    assert len(set(values.values())) == len(values)
    assert min(map(len, values.values())) >= 40
    ran([DOCKER / "secrets.sh", tmp_path], dict(os.environ))
    assert file.read_text() == written
    assert list(tmp_path.iterdir()) == [file]


def test_what_operations_switch_on_is_told_to_all_of_airflow_and_nothing_by_default(
    environment: dict[str, str], services: dict[str, Any]
) -> None:
    given = {
        "DIGITS_NOTIFY": "digits_notify",
        "AIRFLOW_CONN_DIGITS_NOTIFY": "https://chat.example/hooks/abc",
        "AIRFLOW__METRICS__OTEL_ON": "True",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.example:4318",
        "AIRFLOW__OPENLINEAGE__TRANSPORT": '{"type": "console"}',
    }
    asked = yaml.safe_load(compose(environment | given, "config"))["services"]
    for name, service in asked.items():
        is_airflow = service["image"] == "digits-pipeline"
        assert (given.items() <= service.get("environment", {}).items()) == is_airflow, name
    for service in services.values():
        assert not {each for each in given if service.get("environment", {}).get(each) is not None}


def test_a_bucket_of_another_kind_is_told_its_own_variables_alone(environment: dict[str, str]) -> None:
    """A variable that is empty is no variable that is not set: an empty endpoint is one that nobody can reach."""
    bucket = ("DIGITS_REMOTE", "AWS_", "GOOGLE_", "AZURE_")

    def told(given: dict[str, str]) -> dict[str, str]:
        services = yaml.safe_load(compose(given, "config"))["services"]
        (worker, prediction) = (services[name]["environment"] for name in ("worker", "prediction"))
        assert {name: worker[name] for name in worker if name.startswith(bucket)} == prediction
        return {name: value for name, value in prediction.items() if value is not None}

    assert told(environment)["AWS_ENDPOINT_URL"] == "http://s3:8333"
    lines = Path(environment["COMPOSE_ENV_FILES"]).read_text().splitlines()
    left = [each for each in lines if not each.startswith(("COMPOSE_PROFILES", "AWS_E", "AWS_AL", "DIGITS_REMOTE"))]
    own = Path(environment["COMPOSE_ENV_FILES"]).with_name("own.env")
    own.write_text("\n".join([*left, "DIGITS_REMOTE=gs://ours/digits", "GOOGLE_SERVICE_ACCOUNT_KEY={}"]))
    found = told(environment | {"COMPOSE_ENV_FILES": str(own)})
    assert (found["DIGITS_REMOTE"], found["GOOGLE_SERVICE_ACCOUNT_KEY"]) == ("gs://ours/digits", "{}")
    assert "AWS_ENDPOINT_URL" not in found


def test_every_service_is_hardened_limited_and_kept_running(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["restart"] == ("no" if name == "init" else "unless-stopped"), name
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}, name
        assert "privileged" not in service, name


def test_what_listens_to_the_outside_does_so_on_this_machine_alone(services: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert {"api-server", "prediction"} <= set(published)
    assert {port["host_ip"] for ports in published.values() for port in ports} == {"127.0.0.1"}


def test_the_images_are_made_of_one_lock_and_end_as_a_user_who_is_not_root() -> None:
    written = (DOCKER / "Dockerfile").read_text()
    for target in ("serving", "pipeline"):
        stage = re.search(rf"^FROM python AS {target}\n.*?(?=^FROM|\Z)", written, re.MULTILINE | re.DOTALL)
        assert stage
        assert stage[0].index("COPY --from=") < stage[0].index("COPY pipeline_components"), "code comes last"
        assert re.findall(r"^USER (.*)$", stage[0], re.MULTILINE) == ["50000:0"]
    assert written.count("--require-hashes") == written.count("pip install") == 3
    pinned = (DOCKER.parent / "requirements.lock").read_text()
    (version,) = re.findall(r"^tensorflow==(\S+)", pinned, re.MULTILINE)
    assert (DOCKER / "serving.lock").read_text().startswith(f"tensorflow-cpu=={version} ")
