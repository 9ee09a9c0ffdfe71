"""Runs a Python function as an Asya actor.

    python -m asya_runtime actor:handle

or, at the end of a program, `serve(handle)`.
"""

from __future__ import annotations

from .context import Context
from .errors import Reject, Retry
from .handler import batch
from .serve import serve
from .testing import Reply, call, call_batch

__all__ = ["Context", "Reject", "Reply", "Retry", "batch", "call", "call_batch", "serve"]
