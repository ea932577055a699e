"""A notebook gives the same whether it is recorded or played, whatever was in the store before."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

import pytest

import langtail_nb as lt
from langtail_nb._client import key_lookup
from langtail_nb._errors import APIStatusError, LangtailError
from langtail_nb._magic.commands.context import Context
from langtail_nb._magic.commands.status import status
from langtail_nb._replay.run import JOURNAL
from langtail_nb._show.compose import compose
from tests.replay.asking import NOWHERE, TARGET, ask, command
from tests.servers import deployment, write_project

ELSEWHERE = "https://langtail.example.com"


def test_calls_of_earlier_kernels_are_not_read_and_those_of_this_one_are_numbered_from_one(
    kernel, capsys, tmp_path
):
    for number in range(3):
        ask(kernel("off"), f"Before {number}")
    shown = []
    for mode, url in (("record", None), ("only", NOWHERE)):
        session = kernel(mode, *([url] if url else []))
        session.settings.target = TARGET
        ask(session, "One", cell="a")
        ask(session, "Two", cell="b")
        shown.append([command(session, line, capsys) for line in ("runs", "diff 1 2", "diff", "thread list")])

    assert shown[0] == shown[1]
    assert "Before" not in "".join(shown[0])
    assert shown[0][0].splitlines()[1].split()[:2] == ["run", "by"]
    with closing(sqlite3.connect(tmp_path / ".langtail/store.sqlite")) as store:
        assert store.execute("SELECT count(*) FROM turns").fetchone() == (7,)


def test_the_status_names_no_machine(kernel, capsys, tmp_path):
    shown = []
    for mode, url in (("record", None), ("only", NOWHERE)):
        session = kernel(mode, *([url] if url else []))
        session.settings.target = TARGET
        ask(session, "One", cell="a")
        shown.append([command(session, "curl", capsys), _status(session, capsys)])

    assert shown[0] == shown[1]
    assert str(tmp_path) not in shown[0][1]


def test_an_answer_that_failed_is_shown_without_a_clock(kernel, server):
    told = []
    for mode, url in (("record", server.url), ("only", NOWHERE)):
        session = kernel(mode, url)
        with pytest.raises(APIStatusError) as failed:
            ask(session, "Hi", target="acme/support/fault-400/production")
        told.append((str(failed.value), failed.value.reply.warnings))

    assert told[0] == told[1]


def test_without_a_key_auto_plays_what_is_there_and_says_so_once(kernel, monkeypatch):
    recorded = ask(kernel("record"), "One", cell="a")
    monkeypatch.delenv("LANGTAIL_API_KEY")
    monkeypatch.setattr(key_lookup, "_from_keyring", lambda where: None)
    session = kernel("auto", ELSEWHERE)
    first, second = ask(session, "One", cell="a"), None
    with pytest.raises(LangtailError, match="not recorded"):
        second = ask(session, "Two", cell="b")

    assert second is None
    assert first.text == recorded.text
    assert [one for one in first.warnings if "no API key" in one] == [
        "there is no API key, so replay auto acts as only: what is not recorded is not sent"
    ]


def test_what_stands_in_files_is_told_once_and_the_same_when_it_is_played(kernel):
    told = []
    for mode, url in (("record", None), ("only", NOWHERE)):
        session = kernel(mode, *([url] if url else []))
        told.append([ask(session, one, variables={"topic": "tea"}).warnings for one in ("One", "Two")])

    assert told[0] == told[1]
    assert "variables (topic)" in told[0][0][0]
    assert told[0][0][0].endswith(
        ".langtail/replay/, meant to be committed; what is played from there is not sent"
    )
    assert not any("meant to be committed" in one for one in told[0][1])


def test_a_client_of_ones_own_takes_part_where_the_variable_says_so(kernel, server, monkeypatch):
    async def answers(url):
        async with lt.Client(base_url=url) as client:
            request = lt.Request(TARGET, "Hi there")
            return [(await client.invoke(request)).text for _ in range(2)], (await client.config(TARGET))

    kernel("record")
    monkeypatch.setenv(JOURNAL, "/dev/null")
    recorded = asyncio.run(answers(server.url))
    kernel("only")
    monkeypatch.setenv(JOURNAL, "/dev//null")

    assert asyncio.run(answers(NOWHERE)) == recorded


def test_a_model_that_stands_in_is_named_when_it_is_played(kernel, server):
    named = []
    for mode, url in (("record", server.url), ("only", NOWHERE)):
        session = kernel(mode, url)
        if mode == "record":
            session.stand_ins.add(server.url)
        reply = ask(session, "Hi", model="gpt-4o")
        named.append(session.answered_by(reply.request, reply))

    assert named[0] == named[1]
    assert "standing in for gpt-4o" in named[0]


def test_local_starts_nothing_where_its_answers_are_recorded(kernel, server, capsys, monkeypatch):
    session = kernel("record", server.url)
    session.stand_ins.add(server.url)
    monkeypatch.setenv("LANGTAIL_NB_LOCAL", server.url)
    shown = [command(session, "local", capsys)]
    target = session.settings.target
    first = ask(session, "Hi", target=target)
    monkeypatch.delenv("LANGTAIL_NB_LOCAL")
    played = kernel("only", NOWHERE)
    shown.append(command(played, "local", capsys))

    assert shown[0] == shown[1]
    assert played.settings.target == target
    assert compose(ask(played, "Hi", target=target)) == compose(first)
    assert "has stopped" in command(played, "local stop", capsys)


def _status(session, capsys):
    capsys.readouterr()
    status(Context(session, "", "", None))
    return capsys.readouterr().out


def test_what_one_project_folder_deploys_is_not_played_for_another(kernel, capsys, tmp_path, monkeypatch):
    # It serves the sample where no folder is named; a server of a demo would take its place.
    monkeypatch.delenv("LANGTAIL_NB_LOCAL", raising=False)
    for name in ("shop", "bank"):
        write_project(tmp_path / name, {name: deployment()})
    lines = [f"local --engine echo --project {tmp_path / name}" for name in ("shop", "bank")]
    shown = []
    for mode in ("record", "only"):
        session = kernel(mode, NOWHERE)
        shown.append([command(session, line, capsys) for line in lines])
        command(session, "local stop", capsys)

    assert shown[0] == shown[1]
    assert "local/demo/shop/production" in shown[0][0]
    assert "shop" not in shown[0][1]


def test_what_a_folder_deploys_is_played_as_it_was_at_that_time(kernel, capsys, tmp_path, monkeypatch):
    def deployed(session):
        config = session.deployed.wait(session.client(), session.target())
        return config["state"]["args"]["max_tokens"]

    monkeypatch.delenv("LANGTAIL_NB_LOCAL", raising=False)
    shown = []
    for mode in ("record", "only"):
        folder = write_project(tmp_path / mode / "shop", {"shop": deployment("Hi", args={"max_tokens": 60})})
        session = kernel(mode, NOWHERE)
        line = f"local --engine echo --project {folder}"
        first = command(session, line, capsys), deployed(session)
        session.settings.max_tokens = 30
        command(session, "save", capsys)
        saved = deployed(session)
        write_project(folder, {"desk": deployment()})
        second = command(session, line, capsys)
        command(session, "local stop", capsys)
        shown.append((*first, saved, second))

    assert shown[0] == shown[1]
    assert shown[0][1:3] == (60, 30)
    assert ["desk" in listing for listing in (shown[0][0], shown[0][3])] == [False, True]
