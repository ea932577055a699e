"""The members of a JSON object as a score: which values are the same, and what the reason names."""

import re
import socket
from decimal import Decimal

import numpy as np
import pytest

import langtail_nb as lt
from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.scores import scores_of
from tests.sweep.test_scores import given

CITY = '{"name": " Anna ", "city": "Oslo", "price": 9.0, "at": {"lat": 59.9, "lon": 10.7}, "new": true}'


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"city": "Oslo"}, ""),
        ({"city": " Oslo\n", "name": "Anna"}, ""),
        ({"price": 9}, ""),
        ({"price": np.float32(9)}, ""),
        ({"price": Decimal("9.0")}, ""),
        ({"price": "9"}, 'price is 9.0, not "9"'),
        ({"price": 10}, "price is 9.0, not 10"),
        ({"new": True}, ""),
        ({"new": 1}, "new is true, not 1"),
        ({"age": 4}, "age is missing"),
        ({"age": None}, "age is missing"),
        ({"at": {"lon": 10.7}}, ""),
        ({"at": {"lon": 10.8}}, 'at is {"lat": 59.9, "lon": 10.7}, not {…'),
        ({"at": [1]}, 'at is {"lat": 59.9, "lon": 10.7}, not [1]'),
        ({"city": lt.column("where")}, ""),
        ({"name": lt.column("where")}, 'name is " Anna ", not "Oslo"'),
    ],
)
def test_members_of_an_object_are_held_against_values(wanted, reason):
    for text in (CITY, f"Here:\n```json\n{CITY}\n```"):
        one = given(lt.json_contains(wanted), text, {"where": "Oslo"})
        assert (one.value, one.is_bool) == (float(not reason), True)
        assert one.reason.startswith(reason.rstrip("…").removesuffix("{"))


@pytest.mark.parametrize("part", ["all", "share"])
@pytest.mark.parametrize(
    ("text", "reason"), [("Oslo", "not JSON: "), ("[]", "JSON, but no object"), (CITY[:-1], "not JSON: ")]
)
def test_what_is_no_object_has_none_of_the_members(part, text, reason):
    one = given(lt.json_contains(city="Oslo", part=part), text)

    assert (one.value, one.is_bool, one.error) == (0.0, part == "all", "")
    assert one.reason.startswith(reason)


def test_the_share_of_the_members_that_are_right_is_between_pass_and_fail():
    score = lt.json_contains(
        {"price": 9}, name=lt.column("name"), city=lt.column("city"), age=4, part="share"
    )
    one = given(score, CITY, {"name": "Anna", "city": "Rome"})

    assert (one.value, one.is_bool) == (0.5, False)
    assert one.reason == 'city is "Oslo", not "Rome"'


def test_a_row_without_a_value_for_a_member_is_unscored_and_a_column_that_is_none_is_refused():
    one = given(lt.json_contains(city=lt.column("city")), CITY, {"city": None})
    assert (one.value, one.error) == (None, "column 'city' is empty in this row")
    with pytest.raises(ConfigurationError, match="the rows have no column 'town'"):
        scores_of({"it": lt.json_contains(city=lt.column("town"))}, ["city"])


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: lt.json_contains(), "takes members by name"),
        (lambda: lt.json_contains("city"), "json_contains must be a dict, not str"),
        (lambda: lt.json_contains({3: 4}), "takes members by name"),
        (lambda: lt.json_contains(city="Oslo", part="half"), 'part is "all" or "share", not \'half\''),
        (lambda: lt.json_contains(city=socket.socket), "member 'city'"),
    ],
)
def test_what_names_no_members_is_refused_at_once(make, told):
    with pytest.raises(ConfigurationError, match=re.escape(told)):
        make()
