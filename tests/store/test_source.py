"""The code that a component runs: what counts, and what does not."""

import os
import sys
from pathlib import Path

import pytest

from pipeline_components.store import code_of
from tests.kits.store import produce, recipe

FILES = {
    "pkg/__init__.py": '"""The package."""\n',
    "pkg/train/__init__.py": "from pkg.train.fit import fit\n",
    "pkg/train/fit.py": (
        '"""It."""\n'
        "from typing import TYPE_CHECKING\n"
        "from pydantic import Field\n"
        "from pkg.models import build\n"
        "if TYPE_CHECKING:\n    import pkg.typed\nelse:\n    import pkg.untyped\n\n"
        "class Config:\n"
        '    rate: float = Field(1, gt=0, description="How fast.")\n\n'
        "def fit():\n"
        '    """Train."""\n'
        "    build(description='a network')\n"
    ),
    "pkg/train/unused.py": "x = 1\n",
    "pkg/models.py": "def build(description):\n    from . import spaces\n    from .deep import layers\n    return 1\n",
    "pkg/spaces.py": "import pkg.folder.inside\n",
    "pkg/deep/__init__.py": "",
    "pkg/deep/layers.py": "from ..deep import weights as w, layers\nfrom pkg.errors import Wrong\ndepth = 1\n",
    "pkg/deep/weights.py": "",
    "pkg/errors.py": "class Wrong(Exception): ...\n",
    "pkg/errors/Wrong.py": "",
    "pkg/folder/inside.py": "",
    "pkg/typed.py": "",
    "pkg/untyped.py": "",
    "pkg/report/__init__.py": "from pkg.report import page\n",
    "pkg/report/page.py": (
        'RESOURCES = ("page.html.j2", "pictures", "*.css")\nLAZY = "pkg.models:build"\nOTHER = "reference"\n'
    ),
    "pkg/report/page.html.j2": "{% include 'part.html.j2' %}",
    "pkg/report/part.html.j2": "part",
    "pkg/report/a.css": "",
    "pkg/report/b.css": "",
    "pkg/report/pictures/deep/one.svg": "<svg/>",
    "pkg/other/page.html.j2": "another page of the same name",
    "pkg/other/reference/r.json": "{}",
    "plugin/__init__.py": "",
    "plugin/monitor/__init__.py": "from plugin import watching\nimport pkg.spaces\n",
    "plugin/watching.py": "",
    "plugin/unused.py": "",
}
TRAIN = {
    "pkg/__init__.py",
    "pkg/train/__init__.py",
    "pkg/train/fit.py",
    "pkg/models.py",
    "pkg/spaces.py",
    "pkg/deep/__init__.py",
    "pkg/deep/layers.py",
    "pkg/deep/weights.py",
    "pkg/errors.py",
    "pkg/folder/inside.py",
    "pkg/untyped.py",
}


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    """A folder with two top-level packages: `pkg` with two components, and `plugin` with one from outside."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("pkg", "plugin"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


def edit(file: Path, text: str) -> None:
    file.write_text(text)
    os.utime(file, ns=(0, file.stat().st_mtime_ns + 1_000_000))


def test_the_code_is_what_importing_the_package_runs_and_what_its_functions_import(root):
    assert code_of("pkg.train", "pkg").source.keys() == TRAIN
    assert next(iter(code_of("pkg.train", "pkg").source)) == "pkg/__init__.py"


def test_data_files_count_that_a_module_declares_and_no_others(root):
    assert code_of("pkg.report", "pkg").source.keys() == {
        "pkg/__init__.py",
        "pkg/report/__init__.py",
        "pkg/report/page.py",
        "pkg/report/page.html.j2",
        "pkg/report/pictures/deep/one.svg",
        "pkg/report/a.css",
        "pkg/report/b.css",
    }


def test_a_component_from_outside_counts_with_its_own_package_and_with_the_root(root):
    found = code_of("plugin.monitor", "pkg").source
    assert found.keys() == {
        "plugin/__init__.py",
        "plugin/monitor/__init__.py",
        "plugin/watching.py",
        "pkg/__init__.py",
        "pkg/spaces.py",
        "pkg/folder/inside.py",
    }
    assert code_of("plugin.monitor", "plugin").source.keys() == {file for file in found if file.startswith("plugin/")}


@pytest.mark.parametrize("package", ["pkg.absent", "absent.train"])
def test_a_package_that_is_not_there_is_an_error(root, package):
    with pytest.raises(ModuleNotFoundError, match=r"no (package|module) named '(absent|pkg\.absent)'"):
        code_of(package, "pkg")


@pytest.mark.parametrize(
    ("declared", "error", "message"),
    [
        (
            '("page.htm", "a.css")',
            FileNotFoundError,
            r"page\.py: RESOURCES names 'page\.htm', and no such file is there: correct",
        ),
        ('("empty",)', FileNotFoundError, r"page\.py: RESOURCES names 'empty'"),
        ('("a.css")', TypeError, r"page\.py: RESOURCES: .* = 'a\.css': write the names out, as a tuple of literals"),
        ('(OTHER, "a.css")', TypeError, r"page\.py: RESOURCES: .* = \(OTHER, 'a\.css'\)"),
    ],
)
def test_a_declared_file_that_is_missing_is_an_error_at_once(root, declared, error, message):
    (root / "pkg" / "report" / "empty").mkdir()
    edit(root / "pkg" / "report" / "page.py", f'OTHER = "b.css"\nRESOURCES: tuple[str, ...] = {declared}\n')
    with pytest.raises(error, match=message):
        code_of("pkg.report", "pkg")


@pytest.mark.parametrize(
    ("file", "before", "after", "changed"),
    [
        ("train/fit.py", "'a network'", "'another'", True),
        ("train/fit.py", "Field(1, gt=0", "Field(2, gt=0", True),
        ("train/fit.py", "Field(1, gt=0", "Field(1, ge=0", True),
        ("deep/layers.py", "depth = 1", "depth = 2", True),
        ("deep/layers.py", "depth = 1", "depth = 1.0", True),
        ("deep/__init__.py", "", "x = 1", True),
        ("train/fit.py", "How fast.", "How fast it learns.", False),
        ("train/fit.py", ', description="How fast."', "", False),
        ("train/fit.py", '"""Train."""', '"""Train the network, thoroughly."""', False),
        ("train/fit.py", '    """Train."""\n', "", False),
        ("train/fit.py", "import pkg.typed", "from pkg.typed import Anything", False),
        ("train/fit.py", "\n\ndef", "\n\n\n# a comment\n\ndef", False),
        ("models.py", "return 1", "return (  1 )", False),
    ],
)
def test_only_what_a_result_can_depend_on_changes_the_source(root, file, before, after, changed):
    old = code_of("pkg.train", "pkg").source
    path = root / "pkg" / file
    text = path.read_text()
    assert before in text
    edit(path, text.replace(before, after) if before else after)
    new = code_of("pkg.train", "pkg").source
    assert {name for name in TRAIN if old[name] != new[name]} == ({f"pkg/{file}"} if changed else set())
    assert new.keys() == TRAIN


def test_an_edit_two_imports_away_is_a_miss_that_names_the_file(root, store):
    produce(store, recipe(source=code_of("pkg.train", "pkg").source))
    layers = root / "pkg" / "deep" / "weights.py"
    edit(layers, "# none yet\n")
    assert store.find(recipe(source=code_of("pkg.train", "pkg").source)).why == "HIT: train/1"
    edit(layers, "count = 2\n")
    assert (
        store.find(recipe(source=code_of("pkg.train", "pkg").source)).why == "MISS: source pkg/deep/weights.py changed"
    )
