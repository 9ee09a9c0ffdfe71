#!/usr/bin/env python3
"""A runtime for error-end that appends each envelope to a file, one on each line.

    pip install ./sdk/python
    ASYA_SOCKET_DIR=/tmp/asya python3 archive_runtime.py FILE

It serves the protocol `envelope`, and replies after the line is on disk. The sidecar acknowledges a
message after the reply, so a message leaves error-end's queue only when the file contains it. A
message that is delivered twice is in the file twice.
"""
import os
import sys

from asya_runtime import serve

with open(sys.argv[1], "ab") as file:

    def handle(payload, context):
        # JSON allows a line break only between tokens, where a space is equivalent.
        file.write(context.body.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n")
        file.flush()
        os.fsync(file.fileno())

    serve(handle, protocol="envelope")
