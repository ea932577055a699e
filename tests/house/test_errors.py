"""Errors as values."""

from langtail_nb._errors import APIConnectionError, NotFoundError, reworded
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request


def test_an_error_that_says_more_is_another_one_of_its_class_and_origin():
    reply = Reply(Request("acme/help/triage/production", "Hi"))
    error = NotFoundError("404", status_code=404, request_id="r-1", body={"error": "none"})
    error.reply, reply.error = reply, error
    error.__cause__ = OSError("below")

    other = reworded(error, "404; it is deployed in staging")

    assert (str(error), str(other)) == ("404", "404; it is deployed in staging")
    assert type(other) is NotFoundError
    assert (other.status_code, other.request_id, other.body) == (404, "r-1", {"error": "none"})
    assert other.__cause__ is error.__cause__
    assert other.reply is reply
    assert reply.error is other


def test_an_error_of_the_network_stays_one_that_was_sent():
    assert reworded(APIConnectionError("broken", sent=True), "broken; try again").sent
