"""Ends the process after SIGTERM or SIGINT, also while the actor blocks the event loop."""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Callable

from .log import Log

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
#: How long an orderly stop may take in addition to its calls.
EXIT_SECONDS = 1


def stop_on_signals(stop: Callable[[], None], patience_seconds: float, log: Log) -> None:
    """Calls `stop` at the first signal, and ends the process at the second one. Ends it as well if
    it has not ended after `patience_seconds`: the loop, or a thread of the actor, is blocked.

    :param stop: called on a thread of its own
    """
    if threading.current_thread() is not threading.main_thread():
        return
    receiver, sender = os.pipe()
    os.set_blocking(sender, False)
    # Python runs a handler on the main thread, which may be blocked; this is written at once.
    signal.set_wakeup_fd(sender, warn_on_full_buffer=False)
    for number in STOP_SIGNALS:
        signal.signal(number, lambda *_: None)
    os.register_at_fork(
        before=lambda: _mask(signal.SIG_BLOCK),
        after_in_parent=lambda: _mask(signal.SIG_UNBLOCK),
        after_in_child=_restore_default_handlers,
    )
    threading.Thread(
        target=_wait_for_signals,
        args=(receiver, stop, patience_seconds, log),
        name="asya-signals",
        daemon=True,
    ).start()


def _wait_for_signals(
    receiver: int, stop: Callable[[], None], patience_seconds: float, log: Log
) -> None:
    log.write("info", "runtime stopping", signal=_read_name(receiver))
    stop()
    if select.select([receiver], [], [], patience_seconds + EXIT_SECONDS)[0]:
        number = signal.Signals[_read_name(receiver)]
        log.write("warn", "runtime ended by a second signal", signal=number.name)
        os._exit(128 + number)
    log.write("error", "runtime blocked; exiting")
    os._exit(1)


def _read_name(receiver: int) -> str:
    return signal.Signals(os.read(receiver, 1)[0]).name


def _restore_default_handlers() -> None:
    """A signal for a process that the actor forks, as `Pool.terminate` sends, is not one for the
    runtime."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _mask(signal.SIG_UNBLOCK)


def _mask(how: int) -> None:
    """Holds a signal back until the forked process has its own handlers."""
    signal.pthread_sigmask(how, STOP_SIGNALS)
