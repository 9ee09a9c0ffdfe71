"""The protocol `payload`."""

from __future__ import annotations

from .context import Context
from .exchange import Exchange, Outcome
from .framing import encode_frame


class PayloadExchange(Exchange):
    """A frame with the payload, or with an array of payloads."""

    def respond_whole(self, outcome: Outcome) -> bytes:
        return encode_frame(outcome.body)

    def _respond_batch(self, body: bytes) -> bytes:
        return encode_frame(body)

    def _contexts(self, count: int) -> list[Context]:
        if not self.is_batch:
            return [Context(body=self.body)]
        return [Context() for _ in range(count)]
