"""What besides code and libraries may change a bit of a result: the system, the processor, the number of cores."""

import os
import platform
import re
import sys
from functools import cache
from pathlib import Path

#: The instruction sets that numeric libraries choose their kernels by, as Linux names them on x86 and on ARM.
VECTOR_FLAG = re.compile(r"(avx|fma|amx|asimd|sve).*|f16c|bf16|i8mm")


def this_platform() -> dict[str, str]:
    """The platform as a manifest names it."""
    return {
        "system": sys.platform,
        "machine": os.uname().machine,
        "processor": _processor(),
        "cpu_flags": _cpu_flags(),
        "cores": str(_cores()),
        "python": platform.python_version(),
    }


@cache
def _processor() -> str:
    return _cpuinfo().get("model name") or platform.processor()  # which starts a process, so it is asked last


@cache
def _cpu_flags() -> str:
    flags = _cpuinfo().get("flags") or _cpuinfo().get("Features") or ""
    return " ".join(sorted(filter(VECTOR_FLAG.fullmatch, flags.split())))


def _cpuinfo() -> dict[str, str]:
    """What Linux says of the first processor; nothing elsewhere."""
    try:
        first = Path("/proc/cpuinfo").read_text().partition("\n\n")[0]
    except OSError:
        return {}
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _cores() -> int:
    """How many cores this process may use, which is how many threads TensorFlow starts."""
    allowed = getattr(os, "sched_getaffinity", None)  # Linux has it
    return len(allowed(0)) if allowed else os.cpu_count() or 1
