"""The import closure of a component: what code counts, and what does not."""

import os
import sys
from pathlib import Path

import pytest

from pipeline_components.store import source_closure
from tests.kits.store import produce, recipe


@pytest.fixture
def package(tmp_path, monkeypatch) -> Path:
    """pkg.train imports pkg.models, which imports pkg.deep.layers; a template; and a module that nobody imports."""
    files = {
        "__init__.py": '"""The package."""\n',
        "train.py": '"""It."""\nfrom pkg.models import build\n\ndef train():\n    """Train."""\n    return build()\n',
        "models.py": "def build():\n    from .deep import layers\n    return layers.dense()\n",
        "deep/__init__.py": "",
        "deep/layers.py": "def dense():\n    return 1\n",
        "report.py": 'import pkg.models as m\nPAGE = "report.html.j2"\nLAZY = "pkg.lazy:verb"\nWHO = f"pkg.plug.{m}"\n',
        "templates/report.html.j2": "<p>{% include 'part.html.j2' %}</p>",
        "templates/part.html.j2": "part",
        "lazy.py": "",
        "plug/__init__.py": "",
        "plug/one.py": "",
        "unrelated.py": "x = 1\n",
    }
    for name, text in files.items():
        (tmp_path / "pkg" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "pkg" / name).write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "pkg", raising=False)
    return tmp_path / "pkg"


def test_the_closure_is_the_module_and_all_it_imports(package):
    assert list(source_closure("pkg.train", "pkg")) == [
        "pkg/train.py", "pkg/__init__.py", "pkg/models.py", "pkg/deep/__init__.py", "pkg/deep/layers.py",
    ]  # fmt: skip
    found = source_closure("pkg.report", "pkg")
    assert {
        "pkg/templates/report.html.j2",
        "pkg/templates/part.html.j2",
        "pkg/lazy.py",
        "pkg/plug/one.py",
    } <= found.keys()
    assert "pkg/unrelated.py" not in found
    with pytest.raises(ModuleNotFoundError, match=r"no module named 'pkg\.absent'"):
        source_closure("pkg.absent", "pkg")


@pytest.mark.parametrize(
    ("file", "before", "after", "changed"),
    [
        ("train.py", "return build()", "return build() + 1", ["pkg/train.py"]),
        ("deep/layers.py", "return 1", "return 2", ["pkg/deep/layers.py"]),
        ("deep/layers.py", "return 1", "return 1.0", ["pkg/deep/layers.py"]),
        ("deep/__init__.py", "", "x = 1", ["pkg/deep/__init__.py"]),
        ("train.py", '"""Train."""', '"""Train the network, thoroughly."""', []),
        ("train.py", '    """Train."""\n', "", []),
        ("train.py", "\n\ndef", "\n\n\n# a comment\n\ndef", []),
        ("models.py", "layers.dense()", "(layers  .dense( ))", []),
        ("unrelated.py", "x = 1", "x = 2", []),
        ("templates/part.html.j2", "part", "parts", []),
    ],
)
def test_only_code_that_can_run_changes_the_closure(package, file, before, after, changed):
    old = source_closure("pkg.train", "pkg")
    path = package / file
    assert before in path.read_text()
    path.write_text(path.read_text().replace(before, after) if before else after)
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1_000_000))
    new = source_closure("pkg.train", "pkg")
    assert [name for name in new if old[name] != new[name]] == changed and old.keys() == new.keys()


def test_an_edit_two_imports_away_is_a_miss_that_names_the_file(package, store):
    produce(store, recipe(source=source_closure("pkg.train", "pkg")))
    layers = package / "deep" / "layers.py"
    layers.write_text("def dense():\n    # one is not enough\n    return 1\n")
    os.utime(layers, ns=(0, 10**18))
    assert store.find(recipe(source=source_closure("pkg.train", "pkg"))).why == "HIT: train/1"
    layers.write_text("def dense():\n    return 2\n")
    assert (
        store.find(recipe(source=source_closure("pkg.train", "pkg"))).why == "MISS: source pkg/deep/layers.py changed"
    )
