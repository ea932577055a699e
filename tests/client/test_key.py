"""The key appears in the request header and nowhere else, in a long run of everything."""

import json
import sys
from pathlib import Path

import pytest

from langtail_nb._client import key_lookup
from langtail_nb._client.base_url import DEFAULT_BASE_URL, base_url_of
from langtail_nb._errors import ConfigurationError
from tests.kernels import kernel as start_kernel
from tests.shown import everything_shown

KEY = "lt-7f3e9a1c5b2d8e604f1a"
RUN = (
    "import logging; logging.basicConfig(level=logging.DEBUG, filename='debug.log')",
    "%load_ext langtail_nb",
    "import langtail_nb as lt",
    "%langtail",
    "%%langtail -o one\nHi",
    "%%langtail fault-401\nHi",
    "%%langtail fault-drop\nHi",
    "%%langtail fault-html\nHi",
    "%%langtail --dry-run\nHi",
    "%%langtail -v x:=1/0\nHi",
    "%langtail curl",
    "%langtail show",
    "%langtail thread list --all",
    "%langtail open",
    "%langtail login sk-typed",
    "%xmode Verbose",
    "%%langtail fault-drop\nHi",
    "%%langtail fault-reset-before\nHi",
    "raise ValueError(lt.settings, one, one.request, lt.last())",
    "client = lt.Client(); client",
    "async def call(request):\n    async with client as c:\n        return await c.invoke(request)",
    "await call(lt.Request('a/b/fault-401/production', 'Hi'))",
    "await client.invoke(lt.Request('a/b/nowhere/production', 'Hi'))",
    "one.json()",
    "import langtail_nb._calls.live as live\ndef broken(client, *rest, **named): raise KeyError",
    "live.converse = broken",
    "%%langtail\nHi",
    "{n: repr(v) for n, v in vars(lt).items()}",
    "import pickle; pickle.dumps(client)",
    "%history -g",
    "lt.settings.trait_values()",
)


def test_the_key_is_nowhere(server, tmp_path):
    env = {
        "LANGTAIL_BASE_URL": server.url,
        "LANGTAIL_API_KEY": KEY,
        "LANGTAIL_ASSISTANT": "acme/help/support/production",
        "IPYTHONDIR": str(tmp_path / "ipython"),
    }
    with start_kernel(sys.executable, env=env, cwd=str(tmp_path)) as kernel:
        ran = [kernel.run(code, cell_id=f"cell-{n}") for n, code in enumerate(RUN)]
        shown = [m.content for r in ran for m in r.messages] + [r.reply for r in ran]

    for text in (json.dumps(content, default=str) for content in shown):
        assert KEY not in text
    files = [path for path in Path(tmp_path).rglob("*") if path.is_file()]
    assert (tmp_path / "debug.log") in files
    for path in files:
        assert KEY.encode() not in path.read_bytes(), path
    # The run is real: calls were answered and refused, and something was logged and stored.
    statuses = [r.status for r in ran]
    assert statuses.count("ok") > 10
    assert statuses.count("error") > 8
    assert (tmp_path / ".langtail" / "store.sqlite") in files


@pytest.mark.parametrize("spelled", ["--api-key", "--key"])
def test_there_is_no_option_for_a_key(server, spelled, tmp_path):
    env = {"LANGTAIL_BASE_URL": server.url, "LANGTAIL_API_KEY": KEY, "LANGTAIL_NB_HOME": str(tmp_path)}
    with start_kernel(sys.executable, env=env) as kernel:
        kernel.run("%load_ext langtail_nb")
        failed = kernel.run(f"%%langtail a/b/support/production {spelled} sk-1\nHi")

    assert "unknown option" in failed.errors[0]


@pytest.mark.parametrize(
    "url", ["http://localhost:99999", "https://host:port", "http://[::1", "https://a b", "ftp://host"]
)
def test_a_base_url_that_is_none_is_refused_in_one_line(monkeypatch, url):
    monkeypatch.setenv("LANGTAIL_BASE_URL", url)

    with pytest.raises(ConfigurationError, match="must look like"):
        base_url_of()


@pytest.mark.parametrize(
    "url",
    [
        "https://ada:pa55word@host", "https://ada:pa55word@host/?query", "https://ada:pa55word@host:port",
        "https://ada:pa55word#@host", "https://ada:pa/55word@host", "https://ada:pa55word",
        "ada:pa55word@host", "https://host?key=pa55word", "https://host#pa55word", "ftp://ada:pa55word@host",
        '"https://ada:pa55word@host"', "https://[pa55word", "https://host:pa55word/",
    ],
)  # fmt: skip
def test_a_password_in_a_base_url_is_not_repeated(url, monkeypatch):
    monkeypatch.setenv("LANGTAIL_BASE_URL", url)
    with pytest.raises(ConfigurationError) as set:
        base_url_of()
    with pytest.raises(ConfigurationError) as given:
        base_url_of(url)

    assert "55word" not in everything_shown(set.value) + everything_shown(given.value)


def test_a_blank_base_url_is_none_given(monkeypatch):
    monkeypatch.setenv("LANGTAIL_BASE_URL", "  ")

    assert base_url_of() == DEFAULT_BASE_URL


BROKEN_KEYRING = """
import keyring.backend

class Broken(keyring.backend.KeyringBackend):
    priority = 1

    def get_password(self, service, username):
        raise OSError("no session bus")

    def set_password(self, service, username, password):
        raise OSError(f"no session bus for {password}")
"""
# The typed key stands in the cell in two halves, so that the cell's own text is not the leak.
VERBOSE = (
    "%xmode Verbose",
    "import os, langtail_nb as lt; K = os.environ['CANARY']",
    "lt.Client(api_key=K, base_url=5)",
    "lt.Client(api_key=K, max_connections=None)",
    "lt.Client(api_key=K, retries='x')",
    "lt.Client(api_key=K, timeout='x')",
    "lt.Client(api_key=K + ' ')",
    "lt.Client(api_key=K + ' x')",
    "lt.Client(api_kye=K)",
    "lt.Client(K, 'http://127.0.0.1:9', 3)",
    "await lt.Client(K, 'http://127.0.0.1:9').invoke('Hi')",
    "await lt.Client(K, 'http://127.0.0.1:9', retries=0).invoke(lt.Request('a/b/c/d', 'Hi'))",
    "lt.ask('Hi', api_key=K)",
    "lt.Request('a/b/c/d', 'Hi', api_key=K)",
    "lt.Settings(api_key=K)",
    "lt.settings.request('Hi', api_key=K)",
    "lt.settings.api_key = K",
    "lt.settings.base_url = K",
    "lt.settings.set_trait('api_key', K)",
    "lt.settings.update({'api_key': K})",
    "os.environ['LANGTAIL_API_KEY'] = K + chr(10) + K; await lt.Client().deployments()",
    "os.environ['HTTPS_PROXY'] = f'http://ada:{K}#@h'; await lt.Client('lt-x').deployments()",
    "os.environ['LANGTAIL_BASE_URL'] = f'https://ada:{K}'; lt.ask('Hi')",
)


def test_no_call_of_the_package_puts_a_key_into_a_verbose_traceback(tmp_path):
    env = {"CANARY": KEY, "LANGTAIL_NB_HOME": str(tmp_path), "LANGTAIL_ASSISTANT": "a/b/c/production"}
    with start_kernel(sys.executable, env=env) as kernel:
        ran = [kernel.run(code) for code in VERBOSE]

    for code, one in zip(VERBOSE[2:], ran[2:], strict=True):
        assert one.status == ("ok" if "' ')" in code else "error"), code
        assert KEY not in json.dumps([m.content for m in one.of("error", "stream", "execute_result")]), code
        assert all(len(error.splitlines()) == 1 for error in one.errors), one.errors


LOGIN = (
    f"import getpass; getpass.getpass = lambda prompt: '{KEY[:6]}' + '{KEY[6:]}'\n"
    "get_ipython().run_line_magic('xmode', 'Verbose')\n"
    "get_ipython().run_line_magic('langtail', 'login')"
)


@pytest.fixture
def broken_keyring(tmp_path):
    (tmp_path / "broken_keyring.py").write_text(BROKEN_KEYRING)
    return {
        "PYTHONPATH": str(tmp_path),
        "PYTHON_KEYRING_BACKEND": "broken_keyring.Broken",
        "LANGTAIL_NB_HOME": str(tmp_path / "kept"),
        "LANGTAIL_ASSISTANT": "acme/help/support/production",
    }


def test_a_keyring_that_raises_what_it_likes_is_none(broken_keyring):
    pytest.importorskip("keyring")
    with start_kernel(sys.executable, env=broken_keyring) as kernel:
        kernel.run("%load_ext langtail_nb")
        status = kernel.run("%langtail")
        login = kernel.run(LOGIN)

    assert status.status == "ok", status.errors
    assert "this kernel only" in login.text, login.errors
    assert KEY not in json.dumps([m.content for m in login.of("error", "stream", "display_data")])


def test_an_interrupt_in_a_keyring_shows_one_line_and_no_key(broken_keyring, tmp_path):
    pytest.importorskip("keyring")
    broken = tmp_path / "broken_keyring.py"
    broken.write_text(BROKEN_KEYRING.replace("raise OSError(f", "raise KeyboardInterrupt(f"))
    with start_kernel(sys.executable, env=broken_keyring) as kernel:
        kernel.run("%load_ext langtail_nb")
        login = kernel.run(LOGIN)

    assert len(login.errors[0].splitlines()) == 1
    assert KEY not in json.dumps([m.content for m in login.of("error", "stream", "display_data")])


def test_a_key_that_a_keyring_drops_stays_in_the_kernel():
    keyring = pytest.importorskip("keyring")
    from keyring.backends import null

    before = keyring.get_keyring()
    keyring.set_keyring(null.Keyring())
    try:
        assert key_lookup.store("https://dropped.example", KEY).source == "this kernel only"
    finally:
        keyring.set_keyring(before)
        key_lookup.forget("https://dropped.example")
