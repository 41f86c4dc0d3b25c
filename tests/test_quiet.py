"""TensorFlow's banners: not shown, unless the import fails. Each import in a process of its own."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def imported(folder: Path, module: str) -> subprocess.CompletedProcess[str]:
    """A process that imports `tensorflow`, a module of this text, and then says on stderr that it goes on."""
    (folder / "tensorflow.py").write_text(module)
    program = (
        f"import sys; sys.path.insert(0, {str(folder)!r})\n"
        "from pipeline_components.quiet import import_tensorflow\n"
        "import_tensorflow(); import_tensorflow()\n"
        "import os; os.write(2, b'and on')\n"
    )
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_banner_is_not_shown_and_stderr_comes_back(tmp_path):
    done = imported(tmp_path, "import os; os.write(2, b'banner'); print('once')")
    assert (done.stdout, done.stderr, done.returncode) == ("once\n", "and on", 0)


def test_an_import_that_fails_shows_all_that_it_said(tmp_path):
    done = imported(tmp_path, "import os; os.write(2, b'no such library\\n'); raise ImportError('libcudart')")
    assert done.stderr.startswith("no such library\n") and "ImportError: libcudart" in done.stderr
    assert done.returncode == 1
