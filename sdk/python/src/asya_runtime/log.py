"""One JSON object a line on standard error, in the form of the sidecar's log."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timezone
from typing import Literal, TextIO

Level = Literal["info", "warn", "error"]


class Log:
    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def write(self, level: Level, message: str, **fields: object) -> None:
        """Writes one line. Fields that are None are left out."""
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {"level": level, "time": now, "msg": message}
        present = {name: value for name, value in fields.items() if value is not None}
        text = json.dumps({**line, **present}, default=str)
        try:
            stream = self._stream or sys.stderr
            stream.write(text + "\n")
            stream.flush()
        except (OSError, ValueError):  # standard error is closed
            pass
