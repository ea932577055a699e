"""What is written to a connection leaves in as few pieces as can be."""

import httpcore
import pytest

from langtail_nb._http.one_write import OneWriteStream

ORIGIN = httpcore.Origin(b"http", b"there", 80)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Wire(httpcore.AsyncNetworkStream):
    """The far end of a connection, which notes every piece that comes."""

    def __init__(self, *answers, breaks=False):
        self.pieces, self.answers, self.breaks = [], list(answers), breaks

    async def read(self, max_bytes, timeout=None):
        return self.answers.pop(0) if self.answers else b""

    async def write(self, buffer, timeout=None):
        if self.breaks:
            raise httpcore.WriteError("closed")
        self.pieces.append(buffer)

    async def aclose(self):
        pass

    def get_extra_info(self, info):
        return None


async def asked(wire, content, length):
    """Return the answer to a request over this wire."""
    connection = httpcore.AsyncHTTP11Connection(ORIGIN, OneWriteStream(wire))
    headers = {"Host": "there", "Content-Length": str(length)}
    response = await connection.request("POST", "http://there/x", headers=headers, content=content)
    return response.status, response.content


async def test_head_and_body_of_a_request_leave_in_one_piece():
    wire = Wire(OK, OK)

    assert await asked(wire, b"body", 4) == (200, b"ok")
    assert len(wire.pieces) == 1
    assert wire.pieces[0].endswith(b"\r\n\r\nbody")


async def test_a_long_body_leaves_as_it_comes_and_whole():
    async def parts():
        for letter in b"abcdefgh":
            yield bytes([letter]) * 50_000

    wire = Wire(OK)
    await asked(wire, parts(), 400_000)

    assert max(map(len, wire.pieces)) < 200_000
    body = b"".join(wire.pieces).partition(b"\r\n\r\n")[2]
    assert body == b"".join(bytes([letter]) * 50_000 for letter in b"abcdefgh")


async def test_an_answer_counts_that_came_before_all_was_sent():
    """Servers refuse a body that is too large while it comes, and close."""
    wire = Wire(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig", breaks=True)

    assert await asked(wire, b"body", 4) == (413, b"big")


async def test_what_was_not_sent_is_no_part_of_what_is_sent_later():
    wire = Wire(OK)
    stream = OneWriteStream(wire)
    await stream.write(b"never")
    await stream.aclose()

    await stream.read(10)
    assert wire.pieces == []


@pytest.mark.parametrize("info", ["ssl_object", "is_readable", "client_addr"])
def test_a_connection_that_has_no_socket_tells_what_it_knows(info):
    assert OneWriteStream(Wire()).get_extra_info(info) is None
