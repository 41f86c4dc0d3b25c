"""Tests mirror modules: `store/lock.py` has `tests/store/test_lock.py`, a `component.py` a test of its room's name."""

import ast
from pathlib import Path

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "pipeline_components"

# They need none: their room's other tests go through every line of them.
NONE_NEEDED = {
    "__main__.py",  # calls cli.main, and is what every test of the command starts
    *(f"{file.parent.name}/config.py" for file in PACKAGE.glob("*/component.py")),  # see tests/chain/test_config.py
}


def modules() -> dict[str, Path]:
    """Each module that defines a function or a class → the file that its tests belong into."""
    found = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        path = file.relative_to(PACKAGE)
        name = path.parent.name if path.stem in ("__init__", "component") else path.stem
        defines = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        if any(isinstance(node, defines) for node in ast.parse(file.read_text()).body):
            found[str(path)] = TESTS / path.parent / f"test_{name}.py"
    return found


def test_every_module_has_a_test_of_its_name():
    lacking = {path for path, test in modules().items() if not test.is_file()} - NONE_NEEDED
    assert lacking == set(), "write a test of that name, or move into it what tests them under another"


def test_what_needs_no_test_is_there():
    assert modules().keys() >= NONE_NEEDED
    assert len(modules()) > 100
