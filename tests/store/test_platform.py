"""What a manifest says of the machine."""

import os
from pathlib import Path

import pytest

from pipeline_components.store import Recipe, platform, publish
from tests.kits.store import produce, recipe

X86 = """processor\t: 0
model name\t: Some Xeon
flags\t\t: fpu sme sse4_2 fma avx f16c avx2 avx512f avx_vnni amx_tile gfni

processor\t: 1
model name\t: Another
flags\t\t: avx
"""
ARM = "processor\t: 0\nFeatures\t: fp asimd aes bf16 i8mm asimddp sve2 sha512\n"


@pytest.fixture
def cpuinfo(monkeypatch):
    """Let a text be what Linux says of the processor."""

    def says(text: str) -> dict[str, str]:
        read = Path.read_text
        monkeypatch.setattr(
            Path, "read_text", lambda path, *options: text if str(path) == "/proc/cpuinfo" else read(path, *options)
        )
        platform._processor.cache_clear()
        platform._cpu_flags.cache_clear()
        return platform.this_platform()

    yield says
    platform._processor.cache_clear()
    platform._cpu_flags.cache_clear()


def test_the_flags_that_kernels_are_chosen_by_stand_in_order(cpuinfo):
    found = cpuinfo(X86)
    assert found["cpu_flags"] == "amx_tile avx avx2 avx512f avx_vnni f16c fma"
    assert found["processor"] == "Some Xeon"
    assert cpuinfo(ARM)["cpu_flags"] == "asimd asimddp bf16 i8mm sve2"
    assert cpuinfo("")["cpu_flags"] == ""


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs Linux")
def test_cores_are_those_that_this_process_may_use():
    all_of_them = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(all_of_them)})
        assert platform.this_platform()["cores"] == "1"
    finally:
        os.sched_setaffinity(0, all_of_them)
    assert platform.this_platform()["cores"] == str(len(all_of_them))


def test_the_environment_stands_in_the_platform_and_not_in_the_key(store):
    plain = recipe()
    tuned = Recipe(*(getattr(plain, name) for name in ("component", "config", "inputs", "source", "libraries")),
                   environment={"TF_ENABLE_ONEDNN_OPTS": "1"})  # fmt: skip
    first = produce(store, plain).artifact.manifest
    assert store.find(tuned).why == "HIT: train/1"
    second = produce(store, tuned, force=True).artifact.manifest
    assert second.platform == first.platform | {"TF_ENABLE_ONEDNN_OPTS": "1"}
    assert (second.key, second.content) == (first.key, first.content)
    assert second.digest != first.digest


def test_a_manifest_that_says_less_of_the_platform_still_reads(store, monkeypatch):
    less = {"system": "linux", "machine": "x86_64", "processor": "AMD EPYC", "python": "3.11.7"}
    monkeypatch.setattr(publish, "this_platform", lambda: less)
    produce(store, recipe())
    monkeypatch.undo()
    assert store.artifact("train/1").manifest.platform == less
    assert store.find(recipe()).why == "HIT: train/1"
