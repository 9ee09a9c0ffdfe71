"""The threads on which synchronous functions run."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections import deque
from collections.abc import Callable

Job = Callable[["Worker"], None]


class Workers:
    """A fixed number of threads. Jobs start in the order in which they were submitted."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._jobs: deque[Job] = deque()
        self._changed = threading.Condition(threading.Lock())
        self._idle = 0
        self._lingering: set[Worker] = set()
        self._is_closing = False
        self._threads = [
            threading.Thread(
                target=self._work, args=(Worker(self),), name=f"asya-worker-{number}", daemon=True
            )
            for number in range(1, count + 1)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, job: Job) -> None:
        with self._changed:
            self._jobs.append(job)
            if self._idle > 0:
                self._idle -= 1  # here, so that the next job wakes another thread
                self._changed.notify()
            elif self._lingering:
                self._lingering.pop().wake()

    def recall(self) -> None:
        """Ends the waits of all workers for the next request of their connections."""
        with self._changed:
            self._is_closing = True
            while self._lingering:
                self._lingering.pop().wake()

    def close(self) -> None:
        """Ends the threads after the submitted jobs, and waits for them."""
        self.recall()
        with self._changed:
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def begin_lingering(self, worker: Worker) -> bool:
        """Returns whether the worker may wait for its connection: no job waits for a thread."""
        with self._changed:
            if self._jobs or self._is_closing:
                return False
            self._lingering.add(worker)
            return True

    def end_lingering(self, worker: Worker) -> bool:
        """Returns whether the worker was woken for a job, or to end."""
        with self._changed:
            if worker not in self._lingering:
                return True
            self._lingering.discard(worker)
            return False

    def _work(self, worker: Worker) -> None:
        with contextlib.closing(worker):
            while (job := self._next_job()) is not None:
                job(worker)

    def _next_job(self) -> Job | None:
        with self._changed:
            while not self._jobs:
                if self._is_closing:
                    return None
                self._idle += 1
                self._changed.wait()
            return self._jobs.popleft()


class Worker:
    """One thread, and the way to wake it while it waits for a connection."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._wake_receiver, self._wake_sender = socket.socketpair()

    def wait_for(self, sock: socket.socket) -> bool:
        """Waits until the socket is readable. Returns False at once if a job waits for a thread."""
        if not self._workers.begin_lingering(self):
            return False
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        poll.register(self._wake_receiver, select.POLLIN)
        poll.poll()
        if self._workers.end_lingering(self):
            self._wake_receiver.recv(1)  # a thread that is needed elsewhere leaves its connection
            return False
        return True

    def wake(self) -> None:
        self._wake_sender.send(b"\0")

    def close(self) -> None:
        self._wake_receiver.close()
        self._wake_sender.close()
