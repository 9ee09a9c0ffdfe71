"""The environment of a runtime."""

from __future__ import annotations

import unittest

from asya_runtime.errors import SetupError
from asya_runtime.settings import read_settings


class Durations(unittest.TestCase):
    def test_durations_are_those_of_the_sidecar(self) -> None:
        for text, seconds in (
            ("0", 0),
            ("30s", 30),
            ("1m30s", 90),
            ("1.5h", 5400),
            (".5s", 0.5),
            ("250us", 0.00025),
        ):
            with self.subTest(text=text):
                found = read_settings({"ASYA_SHUTDOWN_TIMEOUT": text}).shutdown_seconds
                self.assertAlmostEqual(found, seconds)
        for text in ("30", "s", "1m30", "30 s", "-1s", "1d", ".s"):
            with self.subTest(text=text), self.assertRaises(SetupError):
                read_settings({"ASYA_SHUTDOWN_TIMEOUT": text})


if __name__ == "__main__":
    unittest.main()
