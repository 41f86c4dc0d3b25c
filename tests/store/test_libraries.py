"""The versions that imports stand for, among distributions that lie in a folder of the test's own."""

from pathlib import Path

import pytest

from pipeline_components.store.libraries import versions

# distribution, version → the files that its record lists
INSTALLED = {
    ("t-plain", "1.0"): ["t_plain/__init__.py", "t_plain/deep.py"],
    ("T.Named_Otherwise", "2.0"): ["t_renamed/__init__.py", "t_renamed.libs/x.so"],
    ("t-taken", "3.0"): ["t_something_else/__init__.py"],
    ("t-owner", "4.0"): ["t_taken/__init__.py"],
    ("t-first", "5.0"): ["t_shared/first/__init__.py"],
    ("t-second", "6.0"): ["t_shared/second/__init__.py", "t_shared/second/deep.py"],
    ("t-single", "7.0"): ["t_single.py"],
    ("t-compiled", "8.0"): ["t_compiled.cpython-311-x86_64-linux-gnu.so", "t_compiled.py"],
}


@pytest.fixture
def installed(tmp_path, monkeypatch) -> Path:
    for (name, version), files in INSTALLED.items():
        info = f"{name.replace('-', '_')}-{version}.dist-info"
        for file in [*files, f"{info}/METADATA"]:
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).write_text("")
        (tmp_path / info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (tmp_path / info / "RECORD").write_text("".join(f"{file},sha256=x,0\n" for file in files))
    (tmp_path / "t_unpacked.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("modules", "found"),
    [
        (["t_plain"], {"t-plain": "1.0"}),
        (["t_plain.deep.name", "t_plain", "t_plain.*"], {"t-plain": "1.0"}),
        (["t_renamed.part"], {"t-named-otherwise": "2.0"}),
        (["t_taken"], {"t-owner": "4.0"}),
        (["t_shared", "t_shared.second", "t_shared.second.deep"], {"t-second": "6.0"}),
        (["t_shared.first.Name", "t_shared.second"], {"t-first": "5.0", "t-second": "6.0"}),
        (["t_shared"], {}),
        (["t_single", "t_compiled"], {"t-compiled": "8.0", "t-single": "7.0"}),
        (["t_absent", "t_absent.deep"], {}),
        (["t_unpacked"], {"t_unpacked": "unknown"}),
        (["os.path", "json", "__future__", "concurrent.futures"], {}),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, list) else "",
)
def test_an_import_stands_for_the_distribution_that_has_its_file(installed, modules, found):
    assert versions(modules) == found


def test_the_libraries_of_this_project_have_their_own_names():
    found = versions(["google.protobuf.json_format", "google.protobuf", "PIL.Image", "tensorflow_datasets", "jinja2"])
    assert found.keys() == {"protobuf", "pillow", "tensorflow-datasets", "jinja2"}
