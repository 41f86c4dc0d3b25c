"""The folder that is Airflow's own here, AIRFLOW_HOME: its settings, its secrets, and who is using it."""

import base64
import fcntl
import io
import json
import secrets
from collections.abc import Iterator
from configparser import ConfigParser, Interpolation
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Self

REPOSITORY = Path(__file__).resolve().parents[2]
USER = "admin"
LOOPBACK = "127.0.0.1"

# Seconds that a writer waits for another one, before "database is locked". Short in the API server: it writes its audit
# log in its event loop (read in 3.3.2: action_logging), and while that waits, the same event loop cannot finish the
# request that holds the lock. The one that gives up is answered 500, and asked again: seen here once, and reported of
# another request as https://github.com/apache/airflow/issues/66726
SQLITE = {"timeout": 60}
SQLITE_IN_API_SERVER = {"timeout": 3}

SETTINGS: dict[str, dict[str, Any]] = {
    "core": {
        "executor": "LocalExecutor",
        "load_examples": False,
        "parallelism": 4,  # the default forks 32 idle workers, measured at 130 MB each
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
    # Training takes every core, and the API server may be slow to answer a task meanwhile: by default an answer has 5 s
    # to come, and three heartbeats in a row without one kill the task: https://github.com/apache/airflow/pull/73244
    # The supervisor sleeps for an interval of heartbeats where the pipes of its task close before the task's process is
    # gone (read in 3.3.2): so late is the end of a failed or skipped task seen. A refused run takes up to 10 s more at
    # the default, 5 s. A hundred answers missed in a row are as many seconds as twenty at the default.
    "workers": {"execution_api_timeout": 30, "min_heartbeat_interval": 1, "max_failed_heartbeats": 100},
    # Longer than any task: tokens are not renewed reliably, https://github.com/apache/airflow/issues/67939
    "execution_api": {"jwt_expiration_time": 24 * 3600},
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


class Doubled(Interpolation):
    """Writes each % twice: Airflow takes a single one for the beginning of another setting's name."""

    def before_write(self, parser: Any, section: str, option: str, value: str) -> str:
        """What the file holds for a value."""
        return value.replace("%", "%%")


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
    def database(self) -> Path:
        """What Airflow keeps of DAGs, runs and tasks."""
        return self.path / "airflow.db"

    @property
    def _passwords(self) -> Path:
        return self.path / "passwords.json"

    @property
    def migrated(self) -> Path:
        """Exists once the metadata database has the tables of the installed Airflow."""
        return self.path / f"migrated-{version('apache-airflow-core')}"

    def configure(self, port: int) -> None:
        """Write airflow.cfg for this port, and the login that goes with it."""
        settings, written = ConfigParser(interpolation=Doubled()), io.StringIO()
        settings.read_dict(SETTINGS)
        settings.read_dict(self._own_settings(port))
        settings.write(written)
        _write_privately(self.path / "airflow.cfg", written.getvalue())
        _write_privately(self._passwords, json.dumps({USER: self.password}) + "\n")

    def _own_settings(self, port: int) -> dict[str, dict[str, Any]]:
        """What differs from home to home: address, secrets and folders.

        Airflow has defaults for the folders in AIRFLOW_HOME, but they fail where that path holds a %.
        """
        own, address = self._secrets(), f"http://{LOOPBACK}:{port}"
        return {
            "core": {
                "dags_folder": str(REPOSITORY / "dags"),
                "plugins_folder": str(REPOSITORY / "dags" / "plugins"),
                "fernet_key": own["fernet_key"],
                "simple_auth_manager_passwords_file": str(self._passwords),
                "execution_api_server_url": f"{address}/execution/",
            },
            "database": {"sql_alchemy_conn": f"sqlite:///{self.database}"},
            "logging": {
                "base_log_folder": str(self.logs),
                "dag_processor_child_process_log_directory": str(self.logs / "dag_processor"),
            },
            "api": {"port": port, "base_url": address, "secret_key": own["secret_key"]},
            "api_auth": {"jwt_secret": own["jwt_secret"]},
        }

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


def _write_privately(file: Path, text: str) -> None:
    """Put a file in place of the one that may be there, readable by its owner alone from the start."""
    with NamedTemporaryFile("w", dir=file.parent, prefix=f".{file.name}.", delete=False) as draft:  # of mode 600
        draft.write(text)
    Path(draft.name).replace(file)
