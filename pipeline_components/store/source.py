"""The code that a component runs: every first-party file that it reaches, and the libraries that these import.

All of it is read from the files and nothing is imported: a key is asked for before TensorFlow is loaded.
"""

import ast
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from pipeline_components.store.libraries import versions

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Code:
    """`source` {file: sha256 of its syntax tree, or of the bytes of data}; `libraries` {distribution: version}."""

    source: dict[str, str]
    libraries: dict[str, str]


def code_of(package: str, root: str, chosen: Iterable[str] = ()) -> Code:
    """The code of a component's package and of modules that a config has chosen by name.

    Imports are followed through the package's own top-level package and through `root`.

    A module counts when an import reaches it, at the top of a file or inside a function, and the packages around it
    count with it. A data file counts when the module that reads it names it in `RESOURCES`, a tuple of files, folders
    or patterns relative to the module's own folder. What no result can depend on is left out: comments, layout,
    docstrings, the `description` of a `Field`, and what stands under `if TYPE_CHECKING`.
    """
    closure = _Closure({package.partition(".")[0], root})
    closure.add(package)
    if closure.paths[package] is None:
        raise ModuleNotFoundError(f"no module named {package!r}")
    for module in chosen:
        closure.add(module)
    return Code(closure.source, versions(closure.imported))


class _Closure:
    """What importing a module runs, in the order in which Python would."""

    def __init__(self, first_party: set[str]) -> None:
        self.folders = {name: _folder_of(name) for name in first_party}
        self.paths: dict[str, Path | None] = {}
        self.source: dict[str, str] = {}
        self.imported: set[str] = set()

    def add(self, module: str) -> None:
        """Follow an import, of a module or of a name in one: its packages first, then itself, then what it imports."""
        folder = self.folders.get(module.partition(".")[0])
        if folder is None:
            self.imported.add(module)
        elif module not in self.paths:
            package = module.rpartition(".")[0]
            if package:
                self.add(package)
            path = self.paths[module] = self._find(folder, module, package)
            if path:
                self._read(folder, path, module if path.name == "__init__.py" else package)

    def _find(self, folder: Path, module: str, package: str) -> Path | None:
        """The file of a module; None for what is no module, or a folder without an `__init__.py`."""
        outer = self.paths.get(package)
        if outer and outer.name != "__init__.py":
            return None
        stem = folder / module.replace(".", "/")
        candidates = stem / "__init__.py", stem.with_name(f"{stem.name}.py")
        return next((path for path in candidates if path.is_file()), None)

    def _read(self, folder: Path, path: Path, package: str) -> None:
        file = _parsed(path, package, path.stat().st_mtime_ns)
        self.source[path.relative_to(folder).as_posix()] = file.digest
        for resource in (each for name in file.resources for each in _resources(path, name)):
            self.source[resource.relative_to(folder).as_posix()] = hashlib.sha256(resource.read_bytes()).hexdigest()
        for name in file.imports:
            self.add(name)


def _folder_of(name: str) -> Path:
    """The folder that a top-level package or module lies in."""
    spec = find_spec(name)
    places = spec and (spec.submodule_search_locations or [spec.origin or ""])
    if not places:
        raise ModuleNotFoundError(f"no package named {name!r}")
    return Path(next(iter(places))).parent


def _resources(path: Path, name: str) -> list[Path]:
    """The files that one entry of a module's `RESOURCES` stands for."""
    matches = (match.rglob("*") if match.is_dir() else [match] for match in path.parent.glob(name))
    found = sorted(file for files in matches for file in files if file.is_file())
    if not found:
        raise FileNotFoundError(f"{path}: RESOURCES names {name!r}, and no such file is there: correct the name")
    return found


@dataclass(frozen=True)
class _File:
    """What a Python file says: the digest of its code, the names that it imports, its `RESOURCES`."""

    digest: str
    imports: tuple[str, ...]
    resources: tuple[str, ...]


@cache
def _parsed(path: Path, package: str, _changed_ns: int) -> _File:
    tree = ast.parse(path.read_bytes())
    imports = dict.fromkeys(name for node in _bare(tree) for name in _names(node, package))
    resources = tuple(name for node in tree.body for name in _declared(node, path))
    return _File(hashlib.sha256(ast.dump(tree).encode()).hexdigest(), tuple(imports), resources)


def _bare(tree: ast.Module) -> list[ast.Import | ast.ImportFrom]:
    """Rid a syntax tree of what no result can depend on; returns the imports that it has left."""
    imports: list[ast.Import | ast.ImportFrom] = []
    nodes: list[ast.AST] = [tree]
    for node in nodes:  # grows by the children of each
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports.append(node)
        elif isinstance(node, DOCUMENTED) and node.body and _is_docstring(node.body[0]):
            del node.body[0]
        elif isinstance(node, ast.If) and _name(node.test) == "TYPE_CHECKING":
            node.body.clear()
        elif isinstance(node, ast.Call) and _name(node.func) == "Field":
            node.keywords = [keyword for keyword in node.keywords if keyword.arg != "description"]
        nodes.extend(ast.iter_child_nodes(node))
    return imports


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _name(node: ast.expr) -> str:
    """`Field` of `Field` and of `pydantic.Field`."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _names(node: ast.Import | ast.ImportFrom, package: str) -> list[str]:
    """The dotted names that an import may run: in `from a import b`, `b` may be a module as well."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    base = _absolute(node, package)
    return [base, *(f"{base}.{alias.name}" for alias in node.names)]


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*parts, node.module] if node.module else parts)


def _declared(node: ast.stmt, path: Path) -> list[str]:
    """The names in `RESOURCES = (…)`, if a statement is that."""
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return []
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if [_name(target) for target in targets] != ["RESOURCES"]:
        return []
    entries = node.value.elts if isinstance(node.value, ast.Tuple) else []
    names = [entry.value for entry in entries if isinstance(entry, ast.Constant) and isinstance(entry.value, str)]
    if not names or len(names) < len(entries):
        raise TypeError(f"{path}: {ast.unparse(node)}: write the names out, as a tuple of literals")
    return names
