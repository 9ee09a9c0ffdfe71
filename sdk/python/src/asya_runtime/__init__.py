"""Runs a Python function as an Asya actor.

    python -m asya_runtime actor:handle

or, at the end of a program, `serve(handle)`.
"""
from __future__ import annotations

from .context import Context
from .errors import Reject, Retry
from .handler import batch
from .serve import serve

__all__ = ["Context", "Reject", "Retry", "batch", "serve"]
