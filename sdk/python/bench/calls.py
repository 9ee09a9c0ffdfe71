#!/usr/bin/env python3
"""Compares the calls per second of the kit with those of the reference, payload_runtime.py.

    python3 sdk/python/bench/calls.py [ROUNDS]

One connection makes one call at a time with the protocol `payload`. All runtimes run at once and
take turns, so that the load of other processes affects them alike. Prints calls per second, the
median of the ratios within a round, and the processor time of a call.
"""

from __future__ import annotations

import os
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
KIT = Path(__file__).resolve().parents[1] / "src"
REFERENCE = ROOT / "examples/runtimes/python/payload_runtime.py"
ACTOR = """
def handle(payload): return payload
async def handle_async(payload): return payload
"""
BODY = b'{"text":"One sentence. Another one.","page":7,"scores":[0.25,0.5,1]}'
CALLS_PER_TURN = 3000
WARM_UP_CALLS = 3000


class Runtime:
    def __init__(self, folder: Path, command: list[str]) -> None:
        folder.mkdir()
        (folder / "actor.py").write_text(ACTOR)
        path = f"{folder}:{KIT}"
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "ASYA_SOCKET_DIR": str(folder), "PYTHONPATH": path},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.connection = connect(folder / "asya-runtime.sock")
        self.rates: list[float] = []
        self.cpu_seconds = 0.0
        self.calls = 0

    def call(self, count: int) -> float:
        """Returns the calls per second."""
        frame = struct.pack(">I", len(BODY)) + BODY
        cpu_started = self._cpu_seconds()
        started = time.perf_counter()
        for _ in range(count):
            self.connection.sendall(frame)
            self.connection.recv(64 * 1024)
        rate = count / (time.perf_counter() - started)
        self.cpu_seconds += self._cpu_seconds() - cpu_started
        self.calls += count
        return rate

    def _cpu_seconds(self) -> float:
        """Returns the processor time of the process so far. Linux only."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def connect(path: Path) -> socket.socket:
    for _ in range(1000):
        connection = socket.socket(socket.AF_UNIX)
        if connection.connect_ex(os.fspath(path)) == 0:
            return connection
        connection.close()
        time.sleep(0.01)
    raise SystemExit(f"no runtime listens on {path}")


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        kit = [sys.executable, "-m", "asya_runtime"]
        runtimes = {
            "payload_runtime.py": Runtime(
                Path(folder, "a"), [sys.executable, str(REFERENCE), "actor.py"]
            ),
            "kit, handle": Runtime(Path(folder, "b"), [*kit, "actor:handle"]),
            "kit, async handle": Runtime(Path(folder, "c"), [*kit, "actor:handle_async"]),
        }
        try:
            for runtime in runtimes.values():
                runtime.call(WARM_UP_CALLS)
            for _ in range(rounds):
                for runtime in runtimes.values():
                    runtime.rates.append(runtime.call(CALLS_PER_TURN))
        finally:
            for runtime in runtimes.values():
                runtime.process.kill()
                runtime.process.wait()
        reference = runtimes["payload_runtime.py"].rates
        for name, runtime in runtimes.items():
            ratio = statistics.median(
                own / other for own, other in zip(runtime.rates, reference, strict=True)
            )
            rate = statistics.median(runtime.rates)
            cpu = runtime.cpu_seconds / runtime.calls * 1e6
            print(f"{name:<20} {rate:8.0f} calls/s  {ratio:5.2f}  {cpu:6.1f} µs of processor time")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
