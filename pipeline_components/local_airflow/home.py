"""The folder that is Airflow's own here, AIRFLOW_HOME: its settings, its secrets, and who is using it."""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

REPOSITORY = Path(__file__).resolve().parents[2]
USER = "admin"
LOOPBACK = "127.0.0.1"

# Seconds that a writer waits for another one, before "database is locked". Short in the API server: it writes its audit
# log in its event loop, and while that waits, the request that holds the lock cannot be finished by the same event
# loop. The one that gives up is answered 500, and asked again.
SQLITE = {"timeout": 60}
SQLITE_IN_API_SERVER = {"timeout": 3}

SETTINGS: dict[str, dict[str, Any]] = {
    "core": {
        "executor": "LocalExecutor",
        "load_examples": False,
        "parallelism": 4,  # the default forks 32 idle workers of 130 MB
        "dags_are_paused_at_creation": False,
        "auth_manager": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
        "simple_auth_manager_users": f"{USER}:admin",
    },
    "database": {
        "sql_alchemy_connect_args": f"{__package__}.home.SQLITE",
        "sql_alchemy_connect_args_async": f"{__package__}.home.SQLITE",
    },
    "logging": {"uvicorn_logging_level": "WARNING", "colored_console_log": False},
    "api": {"host": LOOPBACK, "workers": 1},
    # Training takes every core, and the API server may be slow to answer a task meanwhile: by default three answers
    # later than 5 s kill the task.
    "workers": {"execution_api_timeout": 30, "max_failed_heartbeats": 20},
    "execution_api": {"jwt_expiration_time": 24 * 3600},  # longer than any task: tokens are not renewed reliably
    "scheduler": {"scheduler_idle_sleep_time": 0.25, "task_instance_heartbeat_timeout": 600},
    "dag_processor": {"parsing_processes": 1},
}


@dataclass(frozen=True)
class Instance:
    """Who has Airflow running here: `mode` "up" serves anyone, "run" stops when its one retraining is done."""

    mode: str
    pid: int
    port: int
    store: str

    @property
    def address(self) -> str:
        """Where the UI and the REST API answer."""
        return f"http://{LOOPBACK}:{self.port}"


@dataclass(frozen=True)
class Home:
    """AIRFLOW_HOME at `path`, readable by its owner alone."""

    path: Path

    @classmethod
    def at(cls, path: Path) -> Self:
        """The home in this folder, made if it is missing."""
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls(path.resolve())

    @property
    def logs(self) -> Path:
        """Everything that Airflow's processes and tasks say."""
        return self.path / "logs"

    @property
    def password(self) -> str:
        """The UI's password for USER, made at random once."""
        return str(self._secrets()["password"])

    @property
    def migrated(self) -> Path:
        """Exists once the metadata database has the tables of the installed Airflow."""
        return self.path / f"migrated-{version('apache-airflow-core')}"

    def configure(self, port: int) -> None:
        """Write airflow.cfg for this port, and the login that goes with it."""
        own = self._secrets()
        address = f"http://{LOOPBACK}:{port}"
        passwords = self.path / "passwords.json"
        settings = SETTINGS | {
            "core": SETTINGS["core"]
            | {
                "dags_folder": REPOSITORY / "dags",
                "fernet_key": own["fernet_key"],
                "simple_auth_manager_passwords_file": passwords,
                "execution_api_server_url": f"{address}/execution/",
            },
            "api": SETTINGS["api"] | {"port": port, "base_url": address, "secret_key": own["secret_key"]},
            "api_auth": {"jwt_secret": own["jwt_secret"]},
        }
        _write_privately(passwords, json.dumps({USER: own["password"]}) + "\n")
        _write_privately(self.path / "airflow.cfg", _as_ini(settings))

    def _secrets(self) -> dict[str, str]:
        file = self.path / "secrets.json"
        if not file.exists():
            made = {name: secrets.token_urlsafe(64) for name in ("secret_key", "jwt_secret")}
            made["fernet_key"] = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
            made["password"] = secrets.token_urlsafe(12)
            _write_privately(file, json.dumps(made))
        return dict(json.loads(file.read_text()))

    @contextmanager
    def claimed(self) -> Iterator[bool]:
        """Hold the right to run Airflow here; False when a living process has it, for a killed one lost it."""
        with (self.path / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            self._instance_file.unlink(missing_ok=True)
            yield True
            self._instance_file.unlink(missing_ok=True)

    @property
    def _instance_file(self) -> Path:
        return self.path / "instance.json"

    def announce(self, instance: Instance) -> None:
        """Say to others who runs Airflow here; the lock that `claimed` holds says whether it is still true."""
        _write_privately(self._instance_file, json.dumps(asdict(instance)))

    def instance(self) -> Instance | None:
        """What was announced last, if anything."""
        try:
            return Instance(**json.loads(self._instance_file.read_text()))
        except (FileNotFoundError, json.JSONDecodeError):
            return None


def _as_ini(settings: dict[str, dict[str, Any]]) -> str:
    lines = []
    for section, options in settings.items():
        # Airflow interpolates %: a path may hold one.
        lines += [f"[{section}]", *(f"{name} = {str(value).replace('%', '%%')}" for name, value in options.items()), ""]
    return "\n".join(lines)


def _write_privately(file: Path, text: str) -> None:
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as sink:
        sink.write(text)
    draft.replace(file)
