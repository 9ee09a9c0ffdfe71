"""What a handler returns and raises, as the sidecar understands it."""

from __future__ import annotations

import asyncio
import enum
import unittest
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from asya_runtime import Context, Reject, Reply, Retry, batch, call, call_batch


def echo(payload: Any) -> Any:
    return payload


def raising(error: BaseException) -> Any:
    def handle(_payload: Any) -> None:
        raise error

    return handle


def error_of(reply: Reply) -> dict[str, Any]:
    assert reply.error is not None, reply
    return reply.error


class Results(unittest.TestCase):
    def test_a_value_is_one_payload(self) -> None:
        for value in ({"n": 1}, "text", 7, 1.5, True, {}, "", 0, False):
            with self.subTest(value=value):
                self.assertEqual(call(echo, value).payloads, [value])

    def test_a_list_is_a_fan_out(self) -> None:
        self.assertEqual(call(echo, [1, "two", None]).payloads, [1, "two", None])
        self.assertEqual(call(lambda _: (1, 2), None).payloads, [1, 2])

    def test_a_list_in_a_list_is_one_payload(self) -> None:
        self.assertEqual(call(echo, [[1, 2]]).payloads, [[1, 2]])

    def test_none_and_an_empty_list_are_empty_replies(self) -> None:
        self.assertEqual(call(echo, None), Reply([]))
        self.assertEqual(call(echo, []), Reply([]))

    def test_a_generator_is_a_fan_out(self) -> None:
        def split(payload: str) -> Iterator[Any]:
            yield from payload.split()

        async def split_later(payload: str) -> AsyncIterator[Any]:
            for word in payload.split():
                await asyncio.sleep(0)
                yield word

        self.assertEqual(call(split, "a b").payloads, ["a", "b"])
        self.assertEqual(call(split_later, "a b").payloads, ["a", "b"])
        self.assertEqual(call(split, "").payloads, [])

    def test_a_generator_that_fails_has_no_payloads(self) -> None:
        def split(_payload: Any) -> Iterator[int]:
            yield 1
            raise Retry()

        reply = call(split, None)
        self.assertEqual(reply.payloads, [])
        self.assertIs(error_of(reply)["retryable"], True)

    def test_an_object_that_looks_like_an_error_is_a_payload(self) -> None:
        value = {"error": "none", "message": "ok"}
        self.assertEqual(call(echo, value), Reply([value]))

    def test_integers_and_strings_are_exact(self) -> None:
        for value in (2**64, -(10**300), "\ud83d", "Grüße 🎈\u2028\x00", {"\udfff": "\ud800"}):
            with self.subTest(value=value):
                self.assertEqual(
                    call(lambda payload: {"value": payload}, value).payloads, [{"value": value}]
                )

    def test_a_sync_function_may_return_an_awaitable(self) -> None:
        async def later(payload: Any) -> Any:
            await asyncio.sleep(0)
            return payload

        self.assertEqual(call(lambda payload: later(payload), 1).payloads, [1])

    def test_a_call_works_inside_a_running_loop(self) -> None:
        async def handle(payload: Any) -> Any:
            await asyncio.sleep(0)
            return payload

        async def test() -> Reply:
            return call(handle, 1)

        self.assertEqual(asyncio.run(test()).payloads, [1])


class Colour(enum.Enum):
    RED = 1


@dataclass
class Point:
    x: int


class NotJson(unittest.TestCase):
    def test_the_error_names_the_place_the_type_and_the_remedy(self) -> None:
        for value, text in (
            (
                {"a": [1, float("nan")]},
                "the result['a'][1] is NaN, which JSON does not have; use None",
            ),
            (float("inf"), "the result is Infinity, which JSON does not have; use None"),
            ([-float("inf")], "the result[0] is -Infinity, which JSON does not have; use None"),
            (
                {"at": datetime(2026, 1, 1)},
                "the result['at'] is of type datetime.datetime, which JSON does not"
                " have; use .isoformat()",
            ),
            (
                {"raw": b"x"},
                "the result['raw'] is of type bytes, which JSON does not have; encode it, for"
                " example with base64",
            ),
            ({1, 2}, "the result is of type set, which JSON does not have; use sorted() or list()"),
            (
                [Point(1)],
                "the result[0] is of type tests.test_calls.Point, which JSON does not have; use"
                " dataclasses.asdict()",
            ),
            (
                Colour.RED,
                "the result is of type tests.test_calls.Colour, which JSON does not have;"
                " use its value",
            ),
            ({(1, 2): 3}, "the result has a key of type tuple; keys of JSON are strings"),
        ):
            with self.subTest(value=value):
                error = error_of(call(lambda _payload, value=value: value, None))
                self.assertEqual(error["message"], text)
                self.assertEqual(error["type"], "NotJsonError")

    def test_a_value_that_contains_itself_is_an_error(self) -> None:
        value: list[Any] = []
        value.append(value)
        error = error_of(call(lambda _: {"value": value}, None))
        self.assertEqual(error["message"], "the result is not JSON: Circular reference detected")

    def test_a_value_of_any_depth_is_no_crash(self) -> None:
        value: Any = 1
        for _ in range(100_000):
            value = [value]
        self.assertIn(
            "nested too deeply", error_of(call(lambda _: {"value": value}, None))["message"]
        )


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")

    @property
    def retryable(self) -> bool:
        raise RuntimeError("no attribute")


class Busy(Retry):
    pass


class Errors(unittest.TestCase):
    def test_an_exception_has_its_class_message_and_traceback(self) -> None:
        error = error_of(call(raising(ValueError("not today")), None))
        self.assertEqual(error["error"], "processing_error")
        self.assertEqual([error["type"], error["message"]], ["ValueError", "not today"])
        self.assertEqual(error["mro"], ["Exception", "BaseException", "object"])
        self.assertNotIn("retryable", error)

    def test_a_traceback_has_the_frames_of_the_handler_only(self) -> None:
        def handle(_payload: Any) -> None:
            try:
                raise KeyError("cause")
            except KeyError as error:
                raise ValueError("effect") from error

        traceback = error_of(call(handle, None))["traceback"]
        self.assertIn("KeyError: 'cause'", traceback)
        self.assertIn("direct cause", traceback)
        self.assertIn("ValueError: effect", traceback)
        self.assertNotIn("asya_runtime", traceback)
        self.assertEqual(traceback.count("test_calls.py"), 2)

    def test_an_exception_without_a_text_is_reported(self) -> None:
        error = error_of(call(raising(Unprintable()), None))
        self.assertIn("Unprintable", error["message"])
        self.assertIn("Unprintable", error["traceback"])
        self.assertEqual(error_of(call(raising(ValueError()), None))["message"], "")

    def test_a_long_message_is_cut(self) -> None:
        error = error_of(call(raising(ValueError("x" * 1_000_000)), None))
        self.assertLess(len(error["message"]), 20_000)
        self.assertLess(len(error["traceback"]), 40_000)

    def test_an_exception_of_any_class_fails_its_call_only(self) -> None:
        for error in (
            SystemExit(3),
            KeyboardInterrupt(),
            GeneratorExit(),
            asyncio.CancelledError(),
        ):

            async def handle_async(_payload: Any, error: BaseException = error) -> None:
                raise error

            with self.subTest(error=error):
                self.assertEqual(error_of(call(raising(error), None))["type"], type(error).__name__)
                self.assertEqual(error_of(call(handle_async, None))["type"], type(error).__name__)

    def test_a_retry_is_an_attempt(self) -> None:
        reply = call(raising(Retry("once more")), None)
        self.assertIs(error_of(reply)["retryable"], True)
        self.assertEqual(error_of(reply)["message"], "once more")
        self.assertIsNone(reply.retry_after)

    def test_a_retry_with_a_delay_is_a_deferral(self) -> None:
        for after, seconds in ((5, 5), (0.25, 0.25), (0, 0), (timedelta(minutes=1), 60)):
            with self.subTest(after=after):
                reply = call(raising(Busy(after=after)), None)
                self.assertEqual(reply.retry_after, seconds)
                self.assertNotIn("retryable", error_of(reply))
                self.assertEqual(error_of(reply)["mro"][0], "Retry")

    def test_a_delay_must_be_a_number_of_seconds(self) -> None:
        for after in (-1, float("nan"), float("inf")):
            self.assertRaises(ValueError, lambda after=after: Retry(after=after))
        for bad in ("5", True):
            self.assertRaises(TypeError, lambda bad=bad: Retry(after=bad))
        self.assertRaisesRegex(TypeError, r"Retry\(after=5\)", lambda: Retry(5))  # type: ignore[arg-type]

    def test_a_rejection_has_a_code_and_details(self) -> None:
        error = error_of(call(raising(Reject("too_old", "before 2020", {"year": 1999})), None))
        self.assertEqual(
            [error["error"], error["message"], error["details"]],
            ["too_old", "before 2020", {"year": 1999}],
        )
        self.assertNotIn("retryable", error)

    def test_the_type_of_a_rejection_is_its_code_and_its_classes_follow(self) -> None:
        class TooOld(Reject):
            pass

        error = error_of(call(raising(TooOld("too_old", "before 2020")), None))
        self.assertEqual(error["type"], "too_old")
        self.assertEqual(error["mro"][:3], ["TooOld", "Reject", "Exception"])

    def test_details_that_are_not_json_are_left_out(self) -> None:
        error = error_of(
            call(raising(Reject("too_old", details={"at": datetime(2026, 1, 1)})), None)
        )
        self.assertEqual([error["error"], error["message"]], ["too_old", "too_old"])
        self.assertIn("datetime", error["details"]["details_omitted"])

    def test_attributes_of_other_exceptions_ask_for_another_attempt(self) -> None:
        again, later = ValueError("again"), ValueError("later")
        again.retryable = True  # type: ignore[attr-defined]
        later.retry_after = 2  # type: ignore[attr-defined]
        self.assertIs(error_of(call(raising(again), None))["retryable"], True)
        self.assertEqual(call(raising(later), None).retry_after, 2)


class Contexts(unittest.TestCase):
    def test_the_context_has_the_fields_of_the_call(self) -> None:
        seen: list[Context] = []

        def handle(_payload: Any, context: Context) -> None:
            seen.append(context)

        deadline = datetime(2026, 11, 29, 15, 5, 0, 250_000, tzinfo=timezone.utc)
        call(
            handle,
            {"n": 1},
            id="a/b ü",
            journey="j",
            actor="infer",
            attempt=3,
            deadline=deadline,
            idempotency_key="k,1",
            time_left=60,
        )
        (context,) = seen
        self.assertEqual([context.id, context.journey, context.actor], ["a/b ü", "j", "infer"])
        self.assertEqual(
            [context.attempt, context.deadline, context.idempotency_key], [3, deadline, "k,1"]
        )
        self.assertEqual(context.body, b'{"n":1}')
        assert context.time_left is not None
        self.assertTrue(50 < context.time_left <= 60)
        self.assertFalse(context.cancelled)

    def test_a_call_without_a_limit_has_no_time_left(self) -> None:
        self.assertEqual(
            call(
                lambda _payload, context: {
                    "left": context.time_left,
                    "cancelled": context.cancelled,
                },
                None,
            ).payloads,
            [{"left": None, "cancelled": False}],
        )

    def test_a_call_whose_time_has_passed_is_cancelled(self) -> None:
        reply = call(
            lambda _payload, context: [context.cancelled, context.time_left], None, time_left=0
        )
        self.assertEqual(reply.payloads, [True, 0])

    def test_the_context_is_passed_to_a_second_parameter(self) -> None:
        def required(_payload: Any, anything: Any) -> Any:
            return anything.id

        def named(_payload: Any, context: Any = None) -> Any:
            return context.id

        def keyword(_payload: Any, *, context: Any) -> Any:
            return context.id

        def typed(_payload: Any, call: Context | None = None) -> Any:
            return call.id if call else None

        def other(_payload: Any, route: Any = None) -> Any:
            return route

        for handle in (required, named, keyword, typed):
            with self.subTest(handle=handle.__name__):
                self.assertEqual(call(handle, None, id="x").payloads, ["x"])
        self.assertEqual(call(other, None).payloads, [])


def handle_batch(payloads: list[Any]) -> list[Any]:
    return [item_of(payload) for payload in payloads]


def item_of(payload: Any) -> Any:
    match payload:
        case "retry":
            return Retry(after=5)
        case "class":
            return Retry
        case "fail":
            return ValueError("not today")
        case "nan":
            return float("nan")
        case "raise":
            raise Retry(after=7)
        case _:
            return payload


class Batches(unittest.TestCase):
    def test_each_payload_has_its_own_reply(self) -> None:
        replies = call_batch(
            handle_batch, [1, [2, 3], None, "retry", "class", "fail", "nan", [[4]]]
        )
        self.assertEqual([it.payloads for it in replies], [[1], [2, 3], [], [], [], [], [], [[4]]])
        self.assertEqual(replies[3].retry_after, 5)
        self.assertIs(error_of(replies[4])["retryable"], True)
        self.assertEqual(error_of(replies[5])["message"], "not today")
        self.assertIn("NaN", error_of(replies[6])["message"])

    def test_an_exception_fails_the_whole_call(self) -> None:
        replies = call_batch(handle_batch, [1, "raise"])
        self.assertEqual([it.retry_after for it in replies], [7, 7])

    def test_the_result_must_be_a_list_of_the_same_length(self) -> None:
        def shorter(payloads: list[Any]) -> Any:
            return payloads[1:]

        replies = call_batch(batch(shorter), [1, 2])
        self.assertEqual(
            [error_of(it)["message"] for it in replies],
            ["the batch function returned 1 results for 2 payloads"] * 2,
        )
        self.assertEqual(error_of(replies[0])["type"], "BatchResultError")
        self.assertEqual(error_of(replies[0])["mro"][0], "TypeError")
        self.assertNotIn("traceback", error_of(replies[0]))
        (reply,) = call_batch(batch(lambda payloads: {}), [1])
        self.assertEqual(
            error_of(reply)["message"], "the batch function returned no list for 1 payloads"
        )

    def test_an_empty_batch_has_an_empty_reply(self) -> None:
        self.assertEqual(call_batch(batch(lambda _payloads: [1]), []), [])

    def test_a_batch_function_gets_a_list_of_one_without_batches(self) -> None:
        self.assertEqual(call(handle_batch, "one").payloads, ["one"])
        self.assertEqual(call(handle_batch, "retry").retry_after, 5)
        self.assertEqual(call(handle_batch, "raise").retry_after, 7)

    def test_an_ordinary_function_handles_each_payload_of_a_batch(self) -> None:
        def handle(payload: Any, context: Context) -> Any:
            if payload == "fail":
                raise ValueError("not today")
            return [context.id, context.attempt, context.idempotency_key, context.body]

        async def handle_async(payload: Any, context: Context) -> Any:
            return handle(payload, context)

        for function in (handle, handle_async):
            with self.subTest(function=function.__name__):
                first, failed, last = call_batch(
                    function,
                    [1, "fail", 2],
                    [{"id": "a,b"}, {}, {"id": "ü", "attempt": 2, "idempotency_key": "k"}],
                )
                self.assertEqual(first.payloads, ["a,b", 1, "test.0", None])
                self.assertEqual(error_of(failed)["message"], "not today")
                self.assertEqual(last.payloads, ["ü", 2, "k", None])

    def test_contexts_of_a_batch_are_a_list(self) -> None:
        @batch
        def handle(payloads: list[Any], contexts: list[Context]) -> list[Any]:
            return [context.id for context in contexts]

        replies = call_batch(handle, [1, 2], [{"id": "a"}, {"id": "b"}])
        self.assertEqual([it.payloads for it in replies], [["a"], ["b"]])


if __name__ == "__main__":
    unittest.main()
