"""The actor of the conformance suite. The member `do` of the payload selects what happens."""
import importlib
import json
import os
import time

if "CONFORMANCE_KIT" in os.environ:
    kit = importlib.import_module(os.environ["CONFORMANCE_KIT"])
    Reject, Retry = kit.Reject, kit.Retry
else:

    class Retry(Exception):
        def __init__(self, after=None):
            super().__init__("once more")
            self.retryable = True
            if after is not None:
                self.retry_after = after

    class Reject(Exception):
        pass


class NotToday(ValueError):
    pass


class Unprintable(Exception):
    def __str__(self):
        raise TypeError("no text")


def wait_for(path):
    while not os.path.exists(path):
        time.sleep(0.002)


def hold(call):
    """Creates the file `started` and waits for the file `until`."""
    with open(call["started"], "x"):
        pass
    wait_for(call["until"])
    return call["value"]


def fail(call):
    raise NotToday(call["message"])


def fail_without_text(call):
    raise Unprintable()


def retry(call):
    raise Retry(after=call["after"]) if "after" in call else Retry()


def reject(call):
    raise Reject(call["code"], call["message"])


def generate(call):
    for value in call["values"]:
        if value == "fail":
            raise NotToday("in the middle")
        yield value


def nested(levels):
    value = 1
    for _ in range(levels):
        value = [value]
    return {"nested": value}


ACTIONS = {
    "return": lambda call: call["value"],
    "text": lambda call: "x" * call["length"],
    "hold": hold,
    "fail": fail,
    "fail without text": fail_without_text,
    "retry": retry,
    "reject": reject,
    "exit": lambda call: os._exit(3),
    "generate": generate,
    "nest": lambda call: nested(call["levels"]),
    "not a number": lambda call: {"value": float("nan")},
    "not JSON": lambda call: {"value": object()},
}


def handle(call, context=None):
    if call["do"] == "context":
        return describe(context)
    return ACTIONS[call["do"]](call)


async def handle_async(call, context=None):
    import asyncio

    if call["do"] != "hold":
        return handle(call, context)
    with open(call["started"], "x"):
        pass
    while not os.path.exists(call["until"]):
        await asyncio.sleep(0.002)
    return call["value"]


def handle_batch(calls):
    if any(call["do"] == "fail batch" for call in calls):
        raise NotToday("the whole batch")
    results = [attempt(call) for call in calls]
    return results[1:] if any(call["do"] == "lose one" for call in calls) else results


def attempt(call):
    if call["do"] == "lose one":
        return call["value"]
    try:
        return handle(call)
    except Exception as error:
        return error


def describe(context):
    """Returns the members of the context, or the headers of the request."""
    if not hasattr(context, "attempt"):
        headers = {key.lower(): context[key] for key in context}
        return {"attempt": int(headers["asya-attempt"]), "headers": headers}
    deadline = context.deadline
    return {
        "id": context.id,
        "journey": context.journey,
        "attempt": context.attempt,
        "deadline": deadline and deadline.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "timeLeft": context.time_left and context.time_left * 1000,
        "idempotencyKey": context.idempotency_key,
        "cancelled": context.cancelled,
        "headers": context.headers and dict(context.headers),
    }


if "CONFORMANCE_LOAD" in os.environ:
    wait_for(os.environ["CONFORMANCE_LOAD"])
