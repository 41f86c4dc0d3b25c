"""Reading what somebody else may have put there: looked at first, never waited for, never read without a bound.

Every file of a store, every `@FILE` of the command line and every JSON file between components is read here.
"""

import errno
import os
import stat
from pathlib import Path

LARGEST_BYTES = 64 * 2**20  # a manifest of a hundred thousand files takes 12 MB


def open_regular(path: Path | str, *, follow: bool = False) -> int:
    """A descriptor of a regular file; raises OSError for a folder, a FIFO or a device, and for a link not to follow."""
    links = 0 if follow else os.O_NOFOLLOW
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | links)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return descriptor


def read_regular(path: Path | str, most: int = LARGEST_BYTES, *, follow: bool = False) -> bytes:
    """The bytes of a regular file; raises OSError as `open_regular` does, and for more bytes than `most`."""
    with os.fdopen(open_regular(path, follow=follow), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > most:
            raise OSError(errno.EFBIG, f"{size} bytes found, at most {most} expected", str(path))
        return file.read(size + 1)
