"""The ``$date`` helper against values observed with date-fns 3.6.0."""

import re
import time
from datetime import UTC, datetime

import pytest

from langtail_nb.template import render


@pytest.fixture
def zone(monkeypatch):
    """Move this process to a time zone, and back."""

    def move(name):
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


def date(value, pattern):
    return render("{{$date d p}}", {"d": value, "p": pattern})


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("MMMM dd, yyyy", "March 07, 2025"),
        ("do MMM yy", "7th Mar 25"),
        ("EEEE EEE EEEEE EEEEEE", "Friday Fri F Fr"),
        ("QQQ QQQQ q qo", "Q1 1st quarter 1 1st"),
        ("w wo I II", "10 10th 10 10"),
        ("DDD R Yo e c i", "066 2025 2025th 6 6 5"),
        ("h H K k hh", "2 14 2 14 02"),
        ("mm ss S SSS", "05 09 1 123"),
        ("a aaa aaaa aaaaa b B", "PM pm p.m. p PM in the afternoon"),
        ("P", "03/07/2025"),
        ("PPPPpp", "Friday, March 7th, 2025 at 2:05:09 PM"),
        ("p", "2:05 PM"),
        ("G GGGG GGGGG", "AD Anno Domini A"),
        ("x xxx X XXX O zzzz", "+00 +00:00 Z Z GMT+0 GMT+00:00"),
        ("t T", "1741356309 1741356309123"),
        ("'at' yyyy ''", "at 2025 '"),
        ("yyyy-MM-dd'T'HH:mm", "2025-03-07T14:05"),
    ],
)
def test_a_pattern_gives_what_date_fns_gives(zone, pattern, expected):
    zone("UTC")
    assert date("2025-03-07T14:05:09.123Z", pattern) == expected


@pytest.mark.parametrize("pattern", ["YYYY", "DD", "D", "YY", "n", "yyyy A", "", "\n"])
def test_a_bad_pattern_prints_nothing(pattern):
    assert date("2025-03-07", pattern) == ""


@pytest.mark.parametrize(
    "text", ["", "x", "2025-13-01", "2025-02-29", "March 7", "10:00", "2025-03-07T25:00", "2025-1-1"]
)
def test_a_bad_date_prints_nothing(text):
    assert date(text, "yyyy") == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025", "2025-01-01 00:00"),
        ("2025-03", "2025-03-01 00:00"),
        ("20250307", "2025-03-07 00:00"),
        ("2025-W10-5", "2025-03-07 00:00"),
        ("2025-066", "2025-03-07 00:00"),
        ("2025-03-07 10:30", "2025-03-07 10:30"),
        ("2025-03-07T10:30Z", "2025-03-07 11:30"),
        ("2025-07-07T10:30-02:00", "2025-07-07 14:30"),
        ("2025-03-07T24:00", "2025-03-08 00:00"),
    ],
)
def test_iso_text_is_local_time_unless_it_names_a_zone(zone, text, expected):
    zone("Europe/Prague")
    assert date(text, "yyyy-MM-dd HH:mm") == expected


def test_a_time_that_clocks_skip_moves_forward(zone):
    zone("Europe/Prague")
    assert date("2025-03-30T02:30", "HH:mm xxx") == "03:30 +02:00"


def test_a_time_that_clocks_show_twice_is_the_first(zone):
    zone("Europe/Prague")
    assert date("2025-10-26T02:30", "HH:mm xxx") == "02:30 +02:00"


def test_a_number_is_milliseconds_since_1970(zone):
    zone("UTC")
    assert render('{{$date 86400000 "yyyy-MM-dd"}}', {}) == "1970-01-02"
    assert render("[{{$date 86400000}}]", {}) == "[]"


def test_one_text_is_a_pattern_for_today():
    before = datetime.now(UTC).astimezone().strftime("%Y-%m-%d")
    shown = render('{{$date "yyyy-MM-dd"}}', {})
    after = datetime.now(UTC).astimezone().strftime("%Y-%m-%d")

    assert before <= shown <= after


@pytest.mark.parametrize("tag", ["{{$date}}", "{{$date nope}}"])
def test_no_date_is_today_in_words(tag):
    assert re.fullmatch(r"[A-Z][a-z]+ \d\d, \d{4}", render(tag, {}))


def test_null_makes_the_helper_fail():
    assert render('{{$date d "yyyy"}}', {"d": None}) == '{{$date d "yyyy"}}'
