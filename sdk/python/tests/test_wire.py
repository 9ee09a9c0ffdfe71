"""The bytes of requests, without I/O."""

from __future__ import annotations

import unittest

from asya_runtime.exchange import Exchange
from asya_runtime.http_exchange import HttpExchange
from asya_runtime.payload_exchange import PayloadExchange
from asya_runtime.wire import Response, Wire, WireOptions


def read_all(
    data: bytes, options: WireOptions | None = None, piece: int = 1
) -> list[Exchange | Response]:
    wire = Wire(options or WireOptions())
    found: list[Exchange | Response] = []
    for start in range(0, len(data), piece):
        wire.feed(data[start : start + piece])
        while (one := wire.next()) is not None:
            found.append(one)
            if isinstance(one, Response) and one.is_last:
                return found
    return found


class FramesAndHttp(unittest.TestCase):
    def test_the_first_bytes_select_frames(self) -> None:
        (found,) = read_all(b"\0\0\0\x02{}")
        assert isinstance(found, PayloadExchange)
        self.assertEqual(found.body, b"{}")

    def test_the_first_bytes_select_http(self) -> None:
        (found,) = read_all(b"POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}")
        assert isinstance(found, HttpExchange)
        self.assertEqual(found.body, b"{}")

    def test_a_body_may_arrive_in_chunks(self) -> None:
        chunks = b"1;a=b\r\n{\r\n01\r\n}\r\n0\r\ntrailer: x\r\n\r\n"
        for piece in (1, 2, 3, 1000):
            with self.subTest(piece=piece):
                head = b"POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n"
                (found,) = read_all(head + chunks, piece=piece)
                assert isinstance(found, HttpExchange)
                self.assertEqual(found.body, b"{}")

    def test_a_length_over_the_limit_ends_the_connection(self) -> None:
        options = WireOptions(max_body_bytes=10)
        for data, text in (
            (b"\0\0\0\x0b", b'"error":"bad_request"'),
            (b"POST / HTTP/1.1\r\ncontent-length: 11\r\n\r\n", b"HTTP/1.1 413"),
            (
                b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n6\r\n123456\r\n5\r\n",
                b"HTTP/1.1 413",
            ),
        ):
            with self.subTest(data=data):
                (found,) = read_all(data, options)
                assert isinstance(found, Response)
                self.assertIn(text, found.data)
                self.assertTrue(found.is_last)


    def test_the_largest_frame_has_256_mib(self) -> None:
        (found,) = read_all(b"\x10\0\0\x01")
        assert isinstance(found, Response)
        self.assertIn(
            b'"the frame has 268435457 bytes, over the limit of 268435456"', found.data
        )
        self.assertEqual(read_all(b"\x10\0\0\0"), [])


class BadHttp(unittest.TestCase):
    def test_an_invalid_request_is_answered_with_its_status(self) -> None:
        for head, status in (
            ("NONSENSE", 400),
            ("POST / HTTP/2.0", 505),
            ("PRI * HTTP/2.0", 505),
            ("POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2", 400),
            ("POST / HTTP/1.1\r\ncontent-length: -1", 400),
            ("POST / HTTP/1.1\r\ncontent-length: ", 400),
            ("POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked", 400),
            ("POST / HTTP/1.1\r\ntransfer-encoding: gzip, chunked", 501),
            ("POST / HTTP/1.1\r\nname : value", 400),
            ("POST / HTTP/1.1\r\nname: a\r\n folded", 400),
            ("POST / HTTP/1.1\r\nexpect: cookies", 417),
            ("POST / HTTP/1.1\r\nx: " + "x" * 70_000, 431),
        ):
            with self.subTest(head=head[:60]):
                (found, *_) = read_all(head.encode() + b"\r\n\r\n", piece=100_000)
                assert isinstance(found, Response)
                self.assertRegex(found.data, rb"^HTTP/1.1 %d " % status)
                self.assertTrue(found.is_last)

    def test_equal_lengths_count_as_one(self) -> None:
        (found,) = read_all(b"POST / HTTP/1.1\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\n{}")
        assert isinstance(found, HttpExchange)

    def test_get_and_head_report_health(self) -> None:
        (get,) = read_all(b"GET / HTTP/1.1\r\n\r\n")
        (head,) = read_all(b"HEAD / HTTP/1.1\r\n\r\n")
        assert isinstance(get, Response) and isinstance(head, Response)
        self.assertRegex(get.data, rb'^HTTP/1.1 200 OK\r\n(.|\r\n)*\r\n\r\n{"status":"ready"}$')
        self.assertEqual(head.data + b'{"status":"ready"}', get.data)

    def test_a_client_that_expects_100_continue_receives_it_once(self) -> None:
        head = b"POST / HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n"
        interim, found = read_all(head + b"{}")
        assert isinstance(interim, Response) and isinstance(found, HttpExchange)
        self.assertEqual(interim.data, b"HTTP/1.1 100 Continue\r\n\r\n")


if __name__ == "__main__":
    unittest.main()
