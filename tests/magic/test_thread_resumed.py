"""A conversation that a new kernel goes on with has the variables of its turns, as within one kernel."""

import pytest

TARGET = "acme/help/support/production"
GIVEN = "-v topic=returns"
TOLD = "topic from an earlier turn"


def answered(ran):
    assert ran.status == "ok", ran.errors
    return ran


def markdown(ran):
    return ran.outputs[0]["data"]["text/markdown"]


def restart(kernel):
    """Forget what a new kernel does not know; the store stays."""
    answered(kernel.run("_s._threads.clear(); _s.told.clear(); _s.newest = None", cell_id="restart"))


def sent(server, mark):
    """The bodies of the calls since then."""
    return [one["body"] for one in server.requests(mark) if one["method"] == "POST"]


def current_id(kernel):
    return kernel.value("_s.conversations(_s.target()).current.id").strip("'")


@pytest.mark.parametrize("by", ["name", "id", "line"])
def test_the_variables_of_a_stored_thread_come_along_and_the_answer_says_so(kernel, server, by):
    answered(kernel.ask("One", f"--thread abroad-{by} {GIVEN}", cell_id="a"))
    answered(kernel.ask("Two", f"--thread abroad-{by}", cell_id="b"))
    name = f"abroad-{by}" if by == "name" else current_id(kernel)
    restart(kernel)
    line = f"--thread {name}" if by == "line" else ""
    if by != "line":
        resumed = answered(kernel.run(f"%langtail thread resume {name}"))
        assert resumed.text.endswith("is current again: 2 turns"), resumed.text
    mark = server.mark()
    ran = answered(kernel.ask("Three", line, cell_id="c"))

    assert sent(server, mark)[0]["variables"] == {"topic": "returns"}
    assert TOLD in markdown(ran)
    assert "not known" not in markdown(ran)


def test_a_fork_of_a_resumed_thread_has_the_variables_of_the_turns_before_it(kernel, server):
    answered(kernel.ask("One", f"--thread twice {GIVEN}", cell_id="a"))
    answered(kernel.ask("Two", "--thread twice -v topic=prices", cell_id="b"))
    restart(kernel)
    answered(kernel.run("%langtail thread resume twice\n%langtail thread fork"))
    mark = server.mark()
    answered(kernel.ask("Two again", cell_id="c"))

    assert sent(server, mark)[0]["variables"] == {"topic": "returns"}


def test_a_branch_that_is_resumed_has_the_variables_of_what_it_was_forked_from(kernel, server):
    answered(kernel.ask("One", f"--new-thread {GIVEN}", cell_id="a"))
    answered(kernel.ask("Two", cell_id="b"))
    answered(kernel.run("%langtail thread fork"))
    answered(kernel.ask("Else", cell_id="c"))
    answered(kernel.run("%langtail thread rename branch"))
    restart(kernel)
    resumed = answered(kernel.run("%langtail thread resume branch")).text
    mark = server.mark()
    ran = answered(kernel.ask("Three", cell_id="d"))

    assert resumed.endswith("branch is current again: 2 turns")
    assert sent(server, mark)[0]["variables"] == {"topic": "returns"}
    assert TOLD in markdown(ran)


def test_a_refused_call_gives_a_resumed_thread_no_variables(kernel, server):
    answered(kernel.ask("One", f"--thread firm {GIVEN}", cell_id="a"))
    name = current_id(kernel)
    kernel.run(
        "from langtail_nb._kernel.disk.query import Query\n"
        f"_one = _s.store.find(Query(thread_id='{name}'))[0]\n"
        "_k = _s.store.begin_turn(source='cell', base_url=_s.base_url, target=_one.target, thread='firm',"
        " request={**_one.request, 'variables': {'topic': 'refused'}})\n"
        f"_s.store.end_turn(_k, thread_id='{name}', reply={{'messages': []}}, state='failed')"
    )
    restart(kernel)
    answered(kernel.run("%langtail thread resume firm"))
    mark = server.mark()
    answered(kernel.ask("Two", cell_id="b"))

    assert sent(server, mark)[0]["variables"] == {"topic": "returns"}


def test_a_thread_made_elsewhere_says_that_its_variables_are_not_known(kernel, server, store):
    answered(kernel.ask("One", f"--new-thread {GIVEN}", cell_id="a"))
    name = current_id(kernel)
    store.unlink()
    restart(kernel)
    resumed = answered(kernel.run(f"%langtail thread resume {name}")).text
    restart(kernel)
    named = markdown(answered(kernel.ask("Two", f"--thread {name}", cell_id="b")))

    assert "the variables of its last turn are not known here; -v NAME=VALUE gives them" in resumed
    assert "the variables of its last turn are not known here" in named


def test_a_call_that_was_not_recorded_says_so_too(kernel):
    answered(kernel.ask("One", f"--thread quiet {GIVEN} --do-not-record", cell_id="a"))
    restart(kernel)

    assert "are not known here" in answered(kernel.run("%langtail thread resume quiet")).text


def test_an_assistant_without_variables_has_nothing_to_know(kernel, store):
    answered(kernel.ask("One", "plain --new-thread", cell_id="a"))
    name = kernel.value("_s.conversations(_s.target('plain')).current.id").strip("'")
    store.unlink()
    restart(kernel)

    resumed = answered(kernel.run(f"%langtail use plain\n%langtail thread resume {name}")).text
    assert "is current again: 1 turn" in resumed
    assert "not known" not in resumed


def test_turns_that_another_program_added_leave_the_variables_as_they_were(kernel, server):
    answered(kernel.ask("One", f"--thread shared {GIVEN}", cell_id="a"))
    name = current_id(kernel)
    kernel.run(
        f"import asyncio\n_r = lt.Request('{TARGET}', 'Elsewhere', thread_id='{name}')\n"
        "async def _f():\n    async with lt.Client() as c:\n        return await c.invoke(_r)\n"
        "_x = await _f()"
    )
    resumed = answered(kernel.run(f"%langtail thread resume {name}")).text
    mark = server.mark()
    answered(kernel.ask("Two", cell_id="b"))

    assert "shared is current again: 2 turns; the variables of its last turn are not known here" in resumed
    assert sent(server, mark)[0]["variables"] == {"topic": "returns"}
