"""The component that the README adds, as a package outside ours: `elsewhere.count`."""

import os
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BLOCK = re.compile(r"^```python\n# pipeline_components/(count/\w+\.py)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
(LINE,) = re.findall(r"^```python\n(Component\(.*\))\n```$", README, re.MULTILINE)
ADD = f"""
import json, sys
from pipeline_components.chain.components import COMPONENTS, Component
added = {LINE}
COMPONENTS["count"] = Component(added.name, added.doc, inputs=added.inputs, package="elsewhere.count")
"""


def write_package(folder: Path) -> str:
    """Write the README's files below a folder; returns the PYTHONPATH that finds them and us."""
    files = BLOCK.findall(README)
    assert [name for name, _ in files] == ["count/__init__.py", "count/config.py", "count/component.py"]
    for name, code in files:
        (folder / "elsewhere" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "elsewhere" / name).write_text(code.replace("pipeline_components.count", "elsewhere.count"))
    return f"{ROOT}{os.pathsep}{folder}"
