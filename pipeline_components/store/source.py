"""The code that a component runs: its module and every first-party file it imports, read without importing anything."""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def source_closure(module: str, root_package: str) -> dict[str, str]:
    """File → SHA-256 of its syntax tree, for a module and all it imports, directly or not, inside the root package.

    Comments, docstrings, layout and line numbers count for nothing. A module named in a string (lazy imports) and a
    data file named in one (templates) count as imported; so do all modules under a name put together at run time.
    """
    package = _Package(root_package)
    if module not in package.modules:
        raise ModuleNotFoundError(f"no module named {module!r} in {root_package!r}")
    found: dict[str, str] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop(0)
        for file in package.files(name):
            if file in found:
                continue
            path = package.folder.parent / file
            digest, mentions = _read(path, package.name_of(file), path.stat().st_mtime_ns)
            found[file] = digest
            waiting.extend(each for mention in mentions for each in package.resolve(mention))
    return found


class _Package:
    """The modules and data files under the root package, by the names that code uses for them."""

    def __init__(self, name: str) -> None:
        spec = find_spec(name)
        if spec is None or not spec.submodule_search_locations:
            raise ModuleNotFoundError(f"no package named {name!r}")
        self.name = name
        self.folder = Path(next(iter(spec.submodule_search_locations)))
        files = [
            path.relative_to(self.folder.parent).as_posix()
            for path in self.folder.rglob("*")
            if "__pycache__" not in path.parts and path.is_file()
        ]
        self.modules = {self.name_of(file): file for file in files if file.endswith(".py")}
        self.resources: dict[str, list[str]] = {}
        for file in (file for file in files if file.endswith((".j2", ".css", ".js", ".html", ".json", ".svg"))):
            path = Path(file)
            self.resources.setdefault(path.name, []).append(file)
            if f"{path.parent.as_posix()}/__init__.py" not in files:
                self.resources.setdefault(path.parent.name, []).append(file)

    def name_of(self, file: str) -> str:
        """`pkg/a/__init__.py` → `pkg.a`; `pkg/a.py` → `pkg.a`."""
        return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def files(self, name: str) -> list[str]:
        """The files that run when a module is imported: its own, then its packages'."""
        if name not in self.modules:
            return [name] if "/" in name else []
        parts = name.split(".")
        names = (".".join(parts[:n]) for n in range(len(parts), 0, -1))
        return [self.modules[name] for name in names if name in self.modules]

    def resolve(self, mention: str) -> list[str]:
        """The modules and data files that a name in the code stands for; none if it is somebody else's."""
        if mention.endswith("."):
            return [name for name in self.modules if name.startswith(mention)]
        target = mention.partition(":")[0]
        return [target] if target in self.modules else self.resources.get(mention.rpartition("/")[2], [])


@cache
def _read(path: Path, name: str, _changed_ns: int) -> tuple[str, tuple[str, ...]]:
    raw = path.read_bytes()
    if path.suffix != ".py":
        text = raw.decode(errors="replace")
        return hashlib.sha256(raw).hexdigest(), tuple(text.replace("'", '"').split('"')[1::2])
    tree = _without_docstrings(ast.parse(raw))
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest(), tuple(dict.fromkeys(_mentions(tree, package)))


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and node.body and _is_docstring(node.body[0]):
            node.body = node.body[1:]
    return tree


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _mentions(tree: ast.Module, package: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "." in node.value:
            yield node.value
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            yield f"/{node.value}"


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*parts, node.module] if node.module else parts)
