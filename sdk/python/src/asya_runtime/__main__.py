"""The command line: `python -m asya_runtime module:function`."""

from __future__ import annotations

import argparse
import io
import os
import sys
from typing import NoReturn

from .errors import SetupError
from .loading import load
from .server import USAGE_ERROR, run_or_exit
from .settings import Settings, read_settings


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(USAGE_ERROR, f"asya_runtime: {message}\n")


def main() -> None:
    arguments = _parser().parse_args()
    if "" not in sys.path and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())  # the command asya-runtime, unlike python -m
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # what the actor prints is not lost in a crash
    run_or_exit(
        lambda: load(
            _name_of(arguments.handler), prefers_batch=_settings_of(arguments).is_batched
        ),
        lambda: _settings_of(arguments),
    )


def _settings_of(arguments: argparse.Namespace) -> Settings:
    _name_of(arguments.handler)  # reported before a missing socket directory
    return read_settings(os.environ, protocol=arguments.protocol, listen=arguments.listen)


def _name_of(argument: str | None) -> str:
    name = argument or os.environ.get("ASYA_HANDLER", "")
    if name == "":
        raise SetupError("no handler; name it as module:function, or set ASYA_HANDLER")
    return name


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m asya_runtime", description="Runs a Python function as an Asya actor."
    )
    parser.add_argument(
        "handler",
        nargs="?",
        help="module:function, module.function or module:Class.method; the default is ASYA_HANDLER",
    )
    parser.add_argument(
        "--protocol",
        choices=("payload", "http", "envelope"),
        help="envelope: frames hold envelopes",
    )
    parser.add_argument(
        "--listen", metavar="HOST:PORT", help="serve http over TCP instead of the Unix socket"
    )
    return parser


if __name__ == "__main__":
    main()
