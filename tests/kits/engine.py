"""A Docker engine of the tests' own, and the Compose file on it: no image is pulled."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_components.local_airflow.processes import free_port
from pipeline_components.local_airflow.rest import Airflow
from pipeline_components.local_airflow.watch import ENDED
from tests.kits.bucket import weed

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
SERVICES = ROOT / "tests" / "docker" / "services"
BASE = "digits-base"
STAND_INS = {name: f"digits-test-{name}" for name in ("postgres", "redis", "s3")}  # for the official images
START_S, PATIENCE_S, POLL_S = 60, 600, 0.5


class NoEngine(Exception):
    """Raised where no Docker engine can run, or none on which packages can be installed: the message says why."""


@dataclass(frozen=True)
class Engine:
    """A Docker engine that answers at `host`, and the folder of what the tests keep for it."""

    host: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """What docker/build.sh and Compose are told: this engine, its base image, the host's certificates."""
        told = {"DOCKER_HOST": self.host, "DOCKER_BUILDKIT": "1", "DIGITS_BASE": os.environ.get("DIGITS_BASE", BASE)}
        if engine := shutil.which("dockerd"):  # its own client first: a newer one may not talk to it
            told["PATH"] = f"{Path(engine).parents[1] / 'bin'}:{os.environ['PATH']}"
        for name, variable in (("DIGITS_CERTIFICATES", "SSL_CERT_FILE"), ("DIGITS_PIP_CONF", "PIP_CONFIG_FILE")):
            if value := os.environ.get(name) or os.environ.get(variable):
                told[name] = value
        return os.environ | told

    def docker(self, *arguments: str) -> str:
        """What a command of the engine's client prints."""
        return ran(["docker", *arguments], self.environment)

    def build(self, repository: Path = ROOT) -> float:
        """Build both images of a working tree by docker/build.sh; the seconds that it took."""
        began = time.monotonic()
        ran([repository / "docker" / "build.sh"], self.environment)
        return time.monotonic() - began

    def prepare(self) -> None:
        """Make the base image out of Debian's packages, and what stands in for the images that Compose would pull.

        Raises NoEngine where that cannot be done: no file system can be made, or no container reaches the network.
        """
        try:
            self._prepare()
        except (AssertionError, subprocess.CalledProcessError) as error:
            raise NoEngine(f"an engine runs, but no image can be made: {str(error).strip()[-300:]}") from None

    def _prepare(self) -> None:
        base = self.environment["DIGITS_BASE"]
        if not self.docker("images", "--quiet", base):
            system = self.folder / "base"
            ran(["debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", system], dict(os.environ))
            with subprocess.Popen(["tar", "-C", system, "-c", "."], stdout=subprocess.PIPE) as packed:
                command = ["docker", "import", "-", base]
                subprocess.run(command, stdin=packed.stdout, env=self.environment, check=True, capture_output=True)
        context = Path(shutil.copytree(SERVICES, self.folder / "services", dirs_exist_ok=True))
        shutil.copy(weed(), context / "weed")
        for name, tag in STAND_INS.items():
            self.docker("build", "--build-arg", f"BASE={base}", "--target", name, "--tag", tag, str(context))


@contextmanager
def private_engine() -> Iterator[Engine]:
    """A Docker engine with folders of its own, ended by its process id; raises NoEngine where none can run."""
    folder = Path(tempfile.mkdtemp(prefix="digits-engine-"))
    log = folder / "log"
    options = {"data-root": "data", "exec-root": "exec", "pidfile": "pid"}
    command = ["dockerd", *(f"--{name}={folder / place}" for name, place in options.items())]
    host = f"unix://{folder / 'socket'}"
    with log.open("wb") as said:
        process = subprocess.Popen([*command, f"--host={host}"], stdout=said, stderr=said, process_group=0)
    engine = Engine(host, folder)
    try:
        _await_start(engine, process, log)
        yield engine
    finally:
        process.terminate()
        process.wait(timeout=START_S)
        shutil.rmtree(folder, ignore_errors=True)


def _await_start(engine: Engine, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while subprocess.run(["docker", "version"], env=engine.environment, capture_output=True, check=False).returncode:
        if process.poll() is not None or time.monotonic() > deadline:
            raise NoEngine(f"no Docker engine runs here: {log.read_text().strip()[-300:]}")
        time.sleep(POLL_S)


@dataclass(frozen=True)
class Cluster:
    """The project of docker/compose.yaml, up on an engine."""

    engine: Engine
    environment: dict[str, str]
    airflow: Airflow
    prediction: str

    def compose(self, *arguments: str) -> str:
        """What a command of Compose prints."""
        return compose(self.environment, *arguments)

    def digits(self, service: str, *arguments: str) -> str:
        """What `digits` prints in a container of a service."""
        return self.compose("exec", "--no-TTY", service, "digits", *arguments)

    def containers(self, *services: str) -> dict[str, str]:
        """Container id, as short as a host name → its service; of the running ones."""
        listed = self.compose("ps", "--format", "{{.ID}} {{.Service}}", *services).split()
        return {identity[:12]: service for identity, service in zip(listed[::2], listed[1::2], strict=True)}

    def retrain(self, **parameters: Any) -> str:
        """Trigger a retraining; the run's id."""
        return self.airflow.trigger({"dataset": "mnist_sample"} | parameters)

    def finish(self, run_id: str) -> dict[str, dict[str, Any]]:
        """Task → its last attempt, once the run has ended well."""
        deadline = time.monotonic() + PATIENCE_S
        while (state := self.airflow.run(run_id)["state"]) not in ENDED:
            assert time.monotonic() < deadline, f"{run_id} is still {state}"
            time.sleep(POLL_S)
        tasks = {task["task_id"]: task for task in self.airflow.tasks(run_id)}
        assert state == "success", {name: task["state"] for name, task in tasks.items()}
        return tasks

    def running(self, run_id: str, task_id: str) -> str:
        """The container in which a task is under way, once it is."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            for task in self.airflow.tasks(run_id):
                if task["task_id"] == task_id and task["state"] == "running" and task["hostname"]:
                    return str(task["hostname"])
            time.sleep(POLL_S)
        raise AssertionError(f"{task_id} of {run_id} did not start")


@contextmanager
def cluster(engine: Engine, folder: Path, *arguments: str) -> Iterator[Cluster]:
    """The Compose file up on an engine, its secrets and ports of its own; all of it is removed at the end."""
    ran([DOCKER / "secrets.sh", folder], dict(os.environ))
    secrets = dict(line.split("=", 1) for line in (folder / ".env").read_text().splitlines())
    ports = {"DIGITS_PORT": str(free_port()), "DIGITS_PREDICTION_PORT": str(free_port())}
    images = {f"DIGITS_{name.upper()}_IMAGE": tag for name, tag in STAND_INS.items()}
    project = {"COMPOSE_PROJECT_NAME": "digits-test", "COMPOSE_ENV_FILES": str(folder / ".env")}
    (data := folder / "data").mkdir()
    environment = engine.environment | ports | images | project | {"DIGITS_DATA": str(data), "DIGITS_SCHEDULE": "none"}
    try:
        compose(environment, "up", "--detach", "--wait", *arguments)
        yield Cluster(
            engine,
            environment,
            Airflow(f"http://127.0.0.1:{ports['DIGITS_PORT']}", secrets["DIGITS_ADMIN_PASSWORD"]),
            f"http://127.0.0.1:{ports['DIGITS_PREDICTION_PORT']}",
        )
    finally:
        compose(environment, "down", "--volumes", "--timeout", "5")


def compose(environment: dict[str, str], *arguments: str) -> str:
    """What a command of Compose prints, of docker/compose.yaml."""
    program = Path(sys.executable).parent / "docker-compose"
    return ran([program, "--file", DOCKER / "compose.yaml", *arguments], environment)


def ran(command: list[Any], environment: dict[str, str]) -> str:
    """What a command prints; an AssertionError with its last words if it fails."""
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(map(str, command))}: {done.returncode}\n{done.stderr[-3000:]}"
    return done.stdout
