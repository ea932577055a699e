"""A word that is an environment, where a target is wanted, gets a line that says how it is written."""

import pytest

TARGET = "acme/help/support/production"
ENTRIES = {
    "use": "%langtail use {}",
    "cell": "%%langtail {}\nHi",
    "ask": "lt.ask('Hi', target='{}')",
    "map": "lt.map(['Hi'], target='{}')",
    "sweep": "lt.sweep('{}', None, [{{}}], message=['Hi'])",
    "panel": "lt.panel('{}')",
}


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("word", ["production", "staging"])
def test_an_environment_without_its_slash_is_one_line_and_nothing_is_sent(kernel, server, entry, word):
    mark = server.mark()
    ran = kernel.run(ENTRIES[entry].format(word))
    (error,) = ran.errors

    assert error.endswith(f"no assistant '{word}' is deployed (did you mean /{word}?)")
    assert len(error.splitlines()) == 1
    assert [one for one in server.requests(mark) if one["method"] == "POST"] == []
    assert kernel.value("str(_s.target())") == repr(TARGET)


def test_an_environment_that_is_listed_is_known_and_a_version_stays(kernel, make_server):
    template = {"type": "chat", "template": [], "args": {"model": "m"}}
    config = {"kind": "assistant", "chatInput": {}, "state": template}
    server = make_server({"support": config, "support@qa": config, "production": config})
    kernel.run(f"lt.settings.base_url = '{server.url}'")
    (unlisted,) = kernel.run("%langtail use qa").errors
    (error,) = kernel.run("%langtail use qa@2").errors
    named = kernel.run("%langtail use production")
    kernel.run("lt.settings.base_url = None")

    assert unlisted.endswith("No assistant 'qa' is deployed (did you mean /qa?)")
    assert error.endswith("no assistant 'qa' is deployed (did you mean /qa@2?)")
    assert "acme/help/production/production is current" in named.text
