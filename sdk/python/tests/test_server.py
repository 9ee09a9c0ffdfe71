"""Runtimes as processes: start, calls, stop."""

from __future__ import annotations

import os
import signal
import socket
import threading
import unittest

from .runtime_process import (
    RuntimeProcess,
    exchange,
    receive_frame,
    receive_response,
    send_frame,
    temporary_folder,
)

ECHO = "def handle(payload): return payload\n"

#: Holds calls until three of them run.
BARRIER = "import threading\nbarrier = threading.Barrier(3)\n"

#: Reports the beginning of a call in the log, and ends it when the file `go` exists.
WAIT = """
import os, sys, time
def handle(payload):
    sys.stderr.write('{"msg": "call begun"}\\n')
    sys.stderr.flush()
    while not os.path.exists("go"):
        time.sleep(0.002)
    return payload
"""

WAIT_ASYNC = (
    WAIT.replace("def handle", "async def handle")
    .replace("time.sleep", "await asyncio.sleep")
    .replace("import os", "import asyncio, os")
)

#: Forks a process, or waits for the end of the one that is named.
FORK = """
import os, signal
def handle(payload):
    if payload > 1:
        return os.WTERMSIG(os.waitpid(payload, 0)[1])
    child = os.fork()
    while child == 0:
        signal.pause()
    return child
"""

THREAD = """
import threading
def handle(payload):
    return threading.current_thread().name
"""


class Start(unittest.TestCase):
    def assert_refused(self, runtime: RuntimeProcess, text: str, code: int = 2) -> None:
        self.assertEqual(runtime.line(), f"asya_runtime: {text}")
        self.assertEqual(runtime.line(), "")
        self.assertEqual(runtime.ended(), code)

    def test_a_missing_handler_is_one_line(self) -> None:
        runtime = RuntimeProcess(self, ECHO, "--protocol", "http", ASYA_SOCKET_DIR="/dev/null/asya")
        self.assert_refused(runtime, "no handler; name it as module:function, or set ASYA_HANDLER")

    def test_a_wrong_setting_is_one_line(self) -> None:
        for name, value, text in (
            (
                "ASYA_CONCURRENCY",
                "0",
                'ASYA_CONCURRENCY must be an integer from 1 to 65535, not "0"',
            ),
            (
                "ASYA_CONCURRENCY",
                "two",
                'ASYA_CONCURRENCY must be an integer from 1 to 65535, not "two"',
            ),
            (
                "ASYA_BATCH_SIZE",
                "-1",
                'ASYA_BATCH_SIZE must be an integer from 1 to 65535, not "-1"',
            ),
            (
                "ASYA_RUNTIME_PROTOCOL",
                "grpc",
                'ASYA_RUNTIME_PROTOCOL must be payload, http or envelope, not "grpc"',
            ),
            (
                "ASYA_SHUTDOWN_TIMEOUT",
                "soon",
                'ASYA_SHUTDOWN_TIMEOUT must be a duration such as 30s, not "soon"',
            ),
            (
                "ASYA_SOCKET_DIR",
                "/dev/null/asya",
                "cannot create the socket directory /dev/null/asya: Not a directory"
                " (ASYA_SOCKET_DIR)",
            ),
        ):
            with self.subTest(name=name, value=value):
                self.assert_refused(
                    RuntimeProcess(self, ECHO, folder=None, module="asya_runtime", **{name: value}),
                    text,
                )

    def test_a_wrong_argument_is_one_line(self) -> None:
        runtime = RuntimeProcess(self, ECHO, "actor:handle", "--listen", "8000")
        self.assert_refused(runtime, 'the address to listen on must be HOST:PORT, not "8000"')
        runtime = RuntimeProcess(self, ECHO, "actor:handle", "--no-such")
        self.assert_refused(runtime, "unrecognized arguments: --no-such", code=2)

    def test_a_file_that_is_not_a_socket_stays(self) -> None:
        folder = temporary_folder(self)
        (folder / "asya-runtime.sock").write_text("mine")
        runtime = RuntimeProcess(self, ECHO, folder=folder)
        self.assert_refused(runtime, f"{runtime.socket_path} exists and is not a socket")
        self.assertEqual(runtime.socket_path.read_text(), "mine")

    @unittest.skipIf(os.geteuid() == 0, "root may write in every directory")
    def test_a_directory_that_is_not_writable_is_one_line(self) -> None:
        folder = temporary_folder(self)
        runtime_folder = folder / "locked"
        runtime_folder.mkdir(mode=0o500)
        runtime = RuntimeProcess(self, ECHO, ASYA_SOCKET_DIR=str(runtime_folder))
        self.assert_refused(
            runtime, f"the socket directory {runtime_folder} is not writable (ASYA_SOCKET_DIR)"
        )

    def test_a_socket_of_a_live_runtime_is_left_alone(self) -> None:
        first = RuntimeProcess(self, ECHO).listening()
        second = RuntimeProcess(self, ECHO, folder=first.folder)
        self.assert_refused(second, f"another runtime listens on {first.socket_path}")
        self.assertTrue(first.ready_path.exists())
        with first.connect() as connection:
            self.assertEqual(exchange(connection, 1), 1)

    def test_the_files_of_a_killed_runtime_are_replaced(self) -> None:
        first = RuntimeProcess(self, ECHO).listening()
        first.process.kill()
        first.ended()
        self.assertTrue(first.socket_path.exists())
        second = RuntimeProcess(self, ECHO, folder=first.folder).listening()
        with second.connect() as connection:
            self.assertEqual(exchange(connection, 1), 1)

    def test_setup_runs_before_the_runtime_is_ready(self) -> None:
        for prefix in ("", "async "):
            actor = (
                f"state = []\n{prefix}def setup(): state.append(5)\n"
                "def handle(payload): return {'state': state}\n"
            )
            runtime = RuntimeProcess(self, actor).listening()
            with runtime.connect() as connection:
                self.assertEqual(exchange(connection, 1), {"state": [5]})

    def test_a_setup_that_fails_ends_the_runtime(self) -> None:
        runtime = RuntimeProcess(self, "def setup(): raise ValueError('no model')\n" + ECHO)
        lines = []
        while line := runtime.line():
            lines.append(line)
        self.assertEqual(lines[0], "Traceback (most recent call last):")
        self.assertEqual(lines[-1], "asya_runtime: setup() failed: ValueError: no model")
        self.assertEqual(runtime.ended(), 1)
        self.assertFalse(runtime.socket_path.exists())

    def test_a_program_may_serve_a_function(self) -> None:
        program = (
            "import asya_runtime\n"
            + ECHO
            + "if __name__ == '__main__': asya_runtime.serve(handle)\n"
        )
        runtime = RuntimeProcess(self, program, module="actor").listening()
        with runtime.connect() as connection:
            self.assertEqual(exchange(connection, 1), 1)

    def test_the_handler_may_come_from_the_environment(self) -> None:
        runtime = RuntimeProcess(
            self, ECHO, "--protocol", "http", ASYA_HANDLER="actor.handle"
        ).listening()
        with runtime.connect() as connection:
            self.assertEqual(exchange(connection, 1), 1)

    def test_an_exception_of_the_module_has_its_traceback(self) -> None:
        runtime = RuntimeProcess(self, "1/0\n")
        lines = []
        while line := runtime.line():
            lines.append(line)
        self.assertEqual(lines[0], "Traceback (most recent call last):")
        self.assertRegex(
            lines[-1],
            r"^asya_runtime: cannot import actor: ZeroDivisionError: .* \(.*actor\.py:1\)$",
        )
        self.assertEqual(runtime.ended(), 1)


class Calls(unittest.TestCase):
    def test_http_over_tcp_is_served_instead_of_the_socket(self) -> None:
        runtime = RuntimeProcess(self, ECHO, "actor:handle", "--listen", "127.0.0.1:0")
        host, _, port = runtime.entry()["address"].removeprefix("http://").rpartition(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(b"POST /predict HTTP/1.1\r\ncontent-length: 7\r\n\r\n" + b'{"n":1}')
            self.assertEqual(receive_response(connection), (200, b'{"n":1}'))
        self.assertFalse(runtime.socket_path.exists())

    def test_a_health_check_is_answered_during_a_call(self) -> None:
        runtime = RuntimeProcess(self, WAIT).listening()
        with runtime.connect() as connection, runtime.connect() as probe:
            send_frame(connection, 1)
            self.assertEqual(runtime.entry()["msg"], "call begun")
            probe.sendall(b"GET /healthz HTTP/1.1\r\n\r\n")
            self.assertEqual(receive_response(probe), (200, b'{"status":"ready"}'))
            (runtime.folder / "go").touch()
            self.assertEqual(receive_frame(connection), 1)

    def test_as_many_threads_as_asya_concurrency_run_calls(self) -> None:
        barrier = BARRIER + "def handle(payload): return barrier.wait(20) >= 0\n"
        runtime = RuntimeProcess(self, barrier, ASYA_CONCURRENCY="3").listening()
        connections = [runtime.connect() for _ in range(3)]
        for connection in connections:
            self.addCleanup(connection.close)
            send_frame(connection, 1)
        self.assertEqual(
            [receive_frame(connection) for connection in connections], [True, True, True]
        )

    def test_one_thread_serves_all_connections_by_default(self) -> None:
        runtime = RuntimeProcess(self, THREAD).listening()
        with runtime.connect() as first, runtime.connect() as second:
            names = [
                exchange(connection, 1)
                for connection in (first, first, second, first, second, second)
            ]
        with runtime.connect() as third:
            names.append(exchange(third, 1))
        self.assertEqual(set(names), {"asya-worker-1"})

    def test_many_connections_on_few_threads_receive_their_own_replies(self) -> None:
        for actor in (ECHO, "async " + ECHO):
            runtime = RuntimeProcess(self, actor, ASYA_CONCURRENCY="3").listening()
            failures: list[object] = []

            def call(
                number: int, runtime: RuntimeProcess = runtime, failures: list[object] = failures
            ) -> None:
                with runtime.connect() as connection:
                    for turn in range(200):
                        if exchange(connection, [[number, turn]]) != [[number, turn]]:
                            failures.append((number, turn))

            threads = [threading.Thread(target=call, args=(number,)) for number in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(failures, [])

    def test_the_items_of_a_batch_run_on_all_threads(self) -> None:
        barrier = BARRIER + "def handle(payload): return [barrier.wait(20) >= 0, payload]\n"
        runtime = RuntimeProcess(
            self, barrier, ASYA_CONCURRENCY="3", ASYA_BATCH_SIZE="8"
        ).listening()
        with runtime.connect() as connection:
            self.assertEqual(exchange(connection, [1, 2, 3]), [[True, 1], [True, 2], [True, 3]])

    def test_a_reply_that_is_read_slowly_is_complete(self) -> None:
        runtime = RuntimeProcess(self, "def handle(payload): return 'x' * payload\n").listening()
        with runtime.connect() as slow, runtime.connect() as other:
            send_frame(slow, 5_000_000)
            self.assertEqual(exchange(other, 1), "x")
            self.assertEqual(receive_frame(slow), "x" * 5_000_000)
            self.assertEqual(exchange(slow, 2), "xx")

    def test_a_failed_call_is_one_entry_of_the_log(self) -> None:
        actor = """
from asya_runtime import Reject, Retry
def handle(payload):
    if payload == "later": raise Retry(after=5)
    if payload == "again": raise Retry()
    if payload == "reject": raise Reject("too_old", "before 2020")
    raise ValueError("not today\\nor tomorrow")
"""
        runtime = RuntimeProcess(self, actor).listening()
        with runtime.connect() as connection:
            for payload in (b'"later"', b'"again"', b'"reject"', b'"fail"', b"nonsense"):
                connection.sendall(
                    b"POST / HTTP/1.1\r\nasya-envelope-id: env%2F1\r\nasya-attempt: 2\r\n"
                    + b"content-length: %d\r\n\r\n" % len(payload)
                    + payload
                )
                status, _ = receive_response(connection)
                self.assertEqual(status, {b'"later"': 503, b"nonsense": 400}.get(payload, 500))
        again, reject, fail, bad = (runtime.entry() for _ in range(4))
        self.assertEqual(
            [again["level"], again["err"]], ["warn", "the actor asks for another attempt"]
        )
        self.assertEqual([reject["level"], reject["error"]], ["warn", "too_old"])
        self.assertEqual(
            [fail["level"], fail["envelope_id"], fail["attempt"]], ["error", "env/1", 2]
        )
        self.assertEqual([fail["type"], fail["err"]], ["ValueError", "not today\nor tomorrow"])
        self.assertRegex(fail["at"], r"actor\.py:7$")
        self.assertEqual([bad["level"], bad["msg"]], ["warn", "bad request"])


    def test_a_frame_over_the_limit_is_answered_and_logged(self) -> None:
        runtime = RuntimeProcess(self, ECHO).listening()
        message = "the frame has 268435457 bytes, over the limit of 268435456"
        with runtime.connect() as connection:
            connection.sendall(b"\x10\0\0\x01")
            self.assertEqual(
                receive_frame(connection), {"error": "bad_request", "message": message}
            )
            self.assertEqual(connection.recv(1), b"")
        entry = runtime.entry()
        self.assertEqual([entry["msg"], entry["err"]], ["bad request", message])

    def test_a_failed_batch_is_one_entry_with_at_most_16_ids(self) -> None:
        runtime = RuntimeProcess(
            self, "def handle_batch(payloads): return []", "actor:handle_batch"
        ).listening()
        ids = [f"env-{index}" for index in range(20)]
        with runtime.connect() as connection:
            payload = b"[" + b",".join([b"1"] * 20) + b"]"
            connection.sendall(
                b"POST / HTTP/1.1\r\nasya-batch: 20\r\nasya-envelope-id: "
                + ",".join(ids).encode()
                + b"\r\ncontent-length: %d\r\n\r\n" % len(payload)
                + payload
            )
            receive_response(connection)
        entry = runtime.entry()
        del entry["time"]
        self.assertEqual(
            entry,
            {
                "level": "error",
                "msg": "call failed",
                "envelope_ids": ids[:16],
                "batch_size": 20,
                "error": "processing_error",
                "type": "BatchResultError",
                "err": "the batch function returned 0 results for 20 payloads",
            },
        )

    def test_asya_batch_size_selects_between_the_functions_of_a_module(self) -> None:
        actor = "def handle(p): return 'one'\ndef handle_batch(p): return ['many'] * len(p)\n"
        for size, body, reply in (("", 1, "one"), ("1", 1, "one"), ("8", [1], ["many"])):
            with self.subTest(size=size):
                runtime = RuntimeProcess(self, actor, "actor", ASYA_BATCH_SIZE=size).listening()
                with runtime.connect() as connection:
                    self.assertEqual(exchange(connection, body), reply)


class Stop(unittest.TestCase):
    def test_a_running_call_is_answered_and_idle_connections_are_closed(self) -> None:
        for actor in (WAIT, WAIT_ASYNC):
            for number in (signal.SIGTERM, signal.SIGINT):
                with self.subTest(actor=actor, signal=number):
                    self.check_stop(RuntimeProcess(self, actor).listening(), number)

    def check_stop(self, runtime: RuntimeProcess, number: signal.Signals) -> None:
        with runtime.connect() as busy, runtime.connect() as used, runtime.connect() as idle:
            (runtime.folder / "go").touch()
            self.assertEqual(exchange(used, 0), 0)
            self.assertEqual(runtime.entry()["msg"], "call begun")
            (runtime.folder / "go").unlink()
            send_frame(busy, 1)
            self.assertEqual(runtime.entry()["msg"], "call begun")
            runtime.process.send_signal(number)
            self.assertEqual(runtime.entry()["msg"], "runtime stopping")
            self.assertEqual(idle.recv(1), b"")
            self.assertEqual(used.recv(1), b"")
            self.assertFalse(runtime.socket_path.exists() or runtime.ready_path.exists())
            (runtime.folder / "go").touch()
            self.assertEqual(receive_frame(busy), 1)
            self.assertEqual(busy.recv(1), b"")
            self.assertEqual(runtime.ended(), 0)

    def test_a_call_that_does_not_end_is_given_up(self) -> None:
        for actor in (WAIT, WAIT_ASYNC):
            runtime = RuntimeProcess(self, actor, ASYA_SHUTDOWN_TIMEOUT="100ms").listening()
            with runtime.connect() as connection:
                send_frame(connection, 1)
                self.assertEqual(runtime.entry()["msg"], "call begun")
                runtime.process.terminate()
                self.assertEqual(runtime.entry()["msg"], "runtime stopping")
                entry = runtime.entry()
                self.assertEqual(
                    [entry["msg"], entry["calls"]],
                    ["runtime stopped before its calls had ended", 1],
                )
                self.assertEqual(runtime.ended(), 1)

    def test_a_signal_ends_a_runtime_that_loads_its_actor(self) -> None:
        loading = (
            "import sys, time\nsys.stderr.write('{}\\n')\nsys.stderr.flush()\ntime.sleep(60)\n"
        )
        for number, code in ((signal.SIGTERM, 0), (signal.SIGINT, 128 + signal.SIGINT)):
            runtime = RuntimeProcess(self, loading)
            self.assertEqual(runtime.entry(), {})
            runtime.process.send_signal(number)
            self.assertEqual(runtime.ended(), code)
            self.assertEqual(runtime.line(), "")

    def test_a_second_signal_ends_the_process_at_once(self) -> None:
        for actor in (WAIT, WAIT_ASYNC):
            runtime = RuntimeProcess(self, actor).listening()
            with runtime.connect() as connection:
                send_frame(connection, 1)
                self.assertEqual(runtime.entry()["msg"], "call begun")
                runtime.process.terminate()
                self.assertEqual(runtime.entry()["msg"], "runtime stopping")
                runtime.process.terminate()
                self.assertEqual(runtime.ended(), 128 + signal.SIGTERM)

    def test_a_blocked_event_loop_does_not_delay_a_stop(self) -> None:
        actor = WAIT.replace("def handle", "async def handle")
        runtime = RuntimeProcess(self, actor, ASYA_SHUTDOWN_TIMEOUT="100ms").listening()
        with runtime.connect() as connection:
            send_frame(connection, 1)
            self.assertEqual(runtime.entry()["msg"], "call begun")
            runtime.process.terminate()
            self.assertEqual(runtime.entry()["msg"], "runtime stopping")
            self.assertEqual(runtime.entry()["msg"], "runtime blocked; exiting")
            self.assertEqual(runtime.ended(), 1)

    def test_a_signal_to_a_forked_process_does_not_stop_the_runtime(self) -> None:
        runtime = RuntimeProcess(self, FORK).listening()
        with runtime.connect() as connection:
            child = exchange(connection, 1)
            os.kill(child, signal.SIGTERM)
            self.assertEqual(exchange(connection, child), signal.SIGTERM)

    def test_the_connections_of_a_killed_runtime_end_while_a_forked_process_lives(self) -> None:
        runtime = RuntimeProcess(self, FORK).listening()
        with runtime.connect() as connection:
            child = exchange(connection, 1)
            self.addCleanup(os.kill, child, signal.SIGKILL)
            runtime.process.kill()
            self.assertEqual(connection.recv(1), b"")

    def test_a_request_that_never_ends_does_not_delay_a_stop(self) -> None:
        runtime = RuntimeProcess(self, ECHO, ASYA_SHUTDOWN_TIMEOUT="100ms").listening()
        with runtime.connect() as connection, runtime.connect() as other:
            connection.sendall(b"\0\0\0\x05[")
            self.assertEqual(exchange(other, 1), 1)  # the runtime has read the bytes above
            runtime.process.terminate()
            self.assertEqual(runtime.ended(), 0)

    def test_a_call_over_tcp_is_deferred_after_a_stop(self) -> None:
        runtime = RuntimeProcess(self, "async " + ECHO, "actor:handle", "--listen", "127.0.0.1:0")
        host, _, port = runtime.entry()["address"].removeprefix("http://").rpartition(":")
        request = b"POST / HTTP/1.1\r\ncontent-length: 1\r\n\r\n1"
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(request)
            self.assertEqual(receive_response(connection), (200, b"1"))
            runtime.process.terminate()
            with self.assertRaises(OSError):
                while True:  # until the runtime has closed its listener
                    socket.create_connection((host, int(port))).close()
            connection.sendall(request)
            status, body = receive_response(connection)
            self.assertEqual([status, b"the runtime is stopping" in body], [503, True])
            self.assertEqual(connection.recv(1), b"")
        self.assertEqual(runtime.ended(), 0)

    def test_the_files_of_a_successor_stay(self) -> None:
        first = RuntimeProcess(self, ECHO).listening()
        first.socket_path.unlink()
        second = RuntimeProcess(self, ECHO, folder=first.folder).listening()
        first.process.terminate()
        self.assertEqual(first.ended(), 0)
        self.assertTrue(second.ready_path.exists())
        with second.connect() as connection:
            self.assertEqual(exchange(connection, 1), 1)


if __name__ == "__main__":
    unittest.main()
