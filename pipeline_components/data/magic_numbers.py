"""First bytes of PNG and JPEG files.

Apart from what reads images, so that ingest, which only writes PNG, is not made again for an edited limit.
"""

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
