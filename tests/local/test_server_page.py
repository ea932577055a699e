"""The page at ``/``: what it shows, whom it shows it to, and what it never shows."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from langtail_nb._local.asking.journal import KEPT, LONGEST_PAYLOADS_BYTES, Journal
from langtail_nb._local.page.door import TICKET_LASTS_S, Door
from langtail_nb._local.page.requests import request_list
from tests.servers import JSON, Server, deployment, running, write_project

HERE = "/local/demo/helper/production"
KEY = "lt-page-0123456789abcdef"
BASIC = {"www-authenticate": 'Basic realm="langtail-nb"'}
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "x-frame-options": "DENY",
    "content-type": "text/html; charset=utf-8",
}


def helper() -> JSON:
    """A deployment with all that the page lists of one."""
    hosted = {"type": "function", "function": {"name": "find_tram", "handler": {"enabled": True}}}
    return deployment("Help with {{topic}}.", chatInput={"topic": "trams"}, tools=[hosted])


@pytest.fixture(scope="module")
def helped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("page")
    files = {"helper": helper(), "helper@production@3": helper()}
    options = ("--engine", "echo", "--project", str(write_project(folder / "project", files)))
    with running(*options, database=folder / "t.sqlite") as server:
        yield server


@pytest.fixture
def fresh(make_server: Any) -> Server:
    """A server that nobody has asked anything yet."""
    made: Server = make_server({"helper": helper()})
    return made


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("locked-page")
    project = write_project(folder / "project", {"helper": helper()})
    options = ("--engine", "echo", "--project", str(project), "--api-key", KEY)
    with running(*options, database=folder / "t.sqlite") as server:
        yield server


def page(server: Server, path: str = "/", **options: Any) -> httpx.Response:
    return httpx.get(f"{server.url}{path}", timeout=30, trust_env=False, **options)


def ask(server: Server, text: str, *, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
    messages = [{"role": "user", "content": text}]
    with server.http(headers=headers or {}) as client:
        return client.post(HERE, json={"messages": messages, **body})


def ticket(server: Server, key: str = KEY) -> httpx.Response:
    return httpx.post(f"{server.url}/_page/ticket", headers={"x-api-key": key}, trust_env=False)


def links(base: str, text: str) -> list[str]:
    return [urljoin(base, link.replace("&amp;", "&")) for link in re.findall(r'href="([^"]+)"', text)]


def test_it_lists_what_is_deployed(helped: Server) -> None:
    text = page(helped).text

    for part in ("helper", "production, staging", "gpt-4o-mini", "topic", "find_tram (hosted)", ">3<"):
        assert part in text, part


def test_a_request_shows_the_rendered_messages_the_answer_and_the_parameters(helped: Server) -> None:
    answer = ask(helped, "Next one?", variables={"topic": "buses"}, temperature=0.25, metadata={"run": "7"})
    thread = answer.headers["x-langtail-thread-id"]

    for path in ("/", "/_page/requests", f"/_page/requests/{helped.mark()}"):
        text = page(helped, path).text
        for part in (
            "Help with buses.",
            "Next one?",
            "user: Next one?",
            "0.25",
            "this request",
            thread,
            ">7<",
        ):
            assert part in text, (path, part)


def test_a_thread_is_shown_whole(helped: Server) -> None:
    first = ask(helped, "One?").headers["x-langtail-thread-id"]
    ask(helped, "Two?", threadId=first)

    text = page(helped, f"/_page/threads/{first}").text

    assert text.index("One?") < text.index("Two?")
    assert f"/_page/threads/{first}" in page(helped).text
    assert "4 messages" in page(helped).text


def test_a_deployment_shows_its_template_and_why_it_would_stay_unrendered(make_server: Any) -> None:
    server = make_server({"broken": deployment("Hi {{name")})

    text = page(server, "/_page/deployment?slug=broken&environment=production").text

    assert "Hi {{name" in text
    assert "stays as it is written" in text
    assert "Message 1, line 1, column 10: " in text


def test_tags_that_reached_the_model_unrendered_are_told(make_server: Any) -> None:
    server = make_server({"helper": deployment("Hi {{name")})
    ask(server, "Hello")

    text = page(server).text

    assert "reached the model as written, in message 1" in text
    assert '/_page/deployment?slug=helper&amp;environment=production&amp;v="' in text


def test_an_error_is_shown_as_its_message(helped: Server) -> None:
    refused = ask(helped, "Hello", temperature="hot")

    assert refused.json()["error"]["message"] in page(helped).text


def test_an_answer_that_still_grows_is_shown_as_far_as_it_is(helped: Server) -> None:
    with (
        helped.http() as client,
        client.stream("POST", HERE, json={"stream": True}, headers={"x-fault": "stall:3"}) as stream,
    ):
        pieces = stream.iter_lines()
        while "Help" not in next(pieces):
            pass
        text = page(helped).text

    assert ">runs<" in text
    assert "What it has answered so far" in text
    assert ">system: Help" in text


def test_a_round_of_a_hosted_tool_is_shown_with_call_and_result(helped: Server) -> None:
    ask(helped, "Which tram?", headers={"x-fault": "hosted-tools"}, stream=True)

    text = page(helped, f"/_page/requests/{helped.mark()}").text

    assert "calls <b><bdi>find_tram</bdi></b>" in text
    assert '<li class="message tool">' in text
    assert "This fault was asked for" in text


def test_a_client_that_left_is_named(helped: Server) -> None:
    with (
        helped.http() as client,
        client.stream("POST", HERE, json={"stream": True}, headers={"x-fault": "slow:0.05"}) as stream,
    ):
        next(stream.iter_lines())
    while helped.last()["closed_by_client_at"] is None:
        pass

    text = page(helped).text

    assert "closed by the client" in text
    assert "The client closed the connection after" in text


@pytest.mark.parametrize(
    "path", ["/", "/_page/requests", "/_page/threads", "/_page/nowhere", "/_page/requests/0"]
)
def test_every_page_keeps_to_itself(server: Server, path: str) -> None:
    response = page(server, path)
    policy = response.headers["content-security-policy"]

    assert {name: response.headers[name] for name in HEADERS} == HEADERS
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy
    assert "script" not in policy
    assert "unsafe" not in policy


def test_looking_at_the_page_leaves_the_journal_alone(server: Server) -> None:
    before = server.mark()

    for path in (
        "/",
        "/_page/requests",
        "/_page/threads",
        "/_page/nowhere",
        "/_page/enter/x",
        "/favicon.ico",
    ):
        page(server, path)
    ticket(server)

    assert server.requests(before) == []


@pytest.mark.parametrize("path", ["/", "/_page/requests"])
def test_a_head_is_answered_without_a_body(server: Server, path: str) -> None:
    response = httpx.head(f"{server.url}{path}", trust_env=False)

    assert (response.status_code, response.content) == (200, b"")
    assert int(response.headers["content-length"]) > 1000


@pytest.mark.parametrize(
    "path", ["/_page/nowhere", "/_page/requests/999999", "/_page/threads/none", "/_page/deployment?slug=no"]
)
def test_what_is_not_there_is_a_page_that_says_so(server: Server, path: str) -> None:
    response = page(server, path)

    assert response.status_code == 404
    assert "<h1>Nothing here</h1>" in response.text
    assert "the last 200 of them" in response.text


def test_four_segments_are_a_deployment_and_not_a_page(make_server: Any) -> None:
    server = make_server({"requests": deployment()})

    with server.http() as client:
        assert client.get("/_page/demo/requests/production").json()["state"]["type"] == "chat"


def test_every_link_leads_somewhere(fresh: Server) -> None:
    ask(fresh, "Hello " * 400)
    start = page(fresh)

    found = set(links(str(start.url), start.text))

    assert len(found) > 5
    for link in found:
        assert httpx.get(link, trust_env=False).status_code == 200, link


def test_links_hold_under_a_path(make_server: Any) -> None:
    server = make_server({"helper": helper()}, "--prefix", "/api/prompt-api")
    start = page(server, "/api/prompt-api/")
    assert f"{server.url}/api/prompt-api/local/demo/helper" in start.text

    for link in links(str(start.url), start.text):
        assert link.startswith(f"{server.url}/api/prompt-api/"), link
        assert httpx.get(link, trust_env=False).status_code == 200, link


def test_with_nothing_yet_it_shows_a_command_that_works(fresh: Server) -> None:
    text = page(fresh).text
    assert "No request yet." in text
    assert "No thread yet." in text
    command = re.search(r"<pre[^>]*>(curl .*?)</pre>", text, re.DOTALL)
    assert command is not None
    words = shlex.split(command[1].replace("&quot;", '"').replace("&#x27;", "'").replace("\\\n", " "))
    headers = dict(words[i + 1].split(": ", 1) for i, word in enumerate(words) if word == "-H")

    answer = httpx.post(words[1], headers=headers, content=words[words.index("-d") + 1], trust_env=False)

    assert "user: Hello" in answer.json()["choices"][0]["message"]["content"]
    assert "No thread yet." not in page(fresh).text


def test_it_loads_itself_again_only_where_asked(server: Server) -> None:
    assert 'http-equiv="refresh"' not in page(server).text
    assert '<meta http-equiv="refresh" content="2">' in page(server, "/?refresh=2").text
    for odd in ("0;url=http://evil.example", "-1", "x", "\u0662", ""):
        assert "evil" not in page(server, "/", params={"refresh": odd}).text
        assert 'http-equiv="refresh"' not in page(server, "/", params={"refresh": odd}).text


@pytest.mark.parametrize("more", [{}, {"temperature": "hot"}])
@pytest.mark.parametrize("fault", ["", "500", "tools"])
def test_what_must_not_be_recorded_is_withheld_also_where_it_is_refused(
    helped: Server, more: JSON, fault: str
) -> None:
    before = helped.mark()
    ask(helped, "classified words", doNotRecord=True, headers={"x-fault": fault}, **more)
    ask(helped, "classified words", headers={"x-fault": fault, "x-langtail-do-not-record": "true"}, **more)

    for entry in helped.requests(before):
        text = page(helped, f"/_page/requests/{entry['id']}").text
        assert "The payload is withheld, as doNotRecord asks." in text
        assert "classified" not in text
    assert "classified" not in str(helped.requests(before))


def test_long_texts_are_cut_on_the_first_page_and_nowhere_else(helped: Server) -> None:
    text = "word " * 150_000
    for _ in range(20):
        ask(helped, text, variables={"topic": text[:200_000]}, max_tokens=5)
    start = page(helped)

    assert len(start.text) < 300_000
    assert "characters more" in start.text
    whole = page(helped, f"/_page/requests/{helped.mark()}").text
    assert text[:-1] in whole
    assert "characters more" not in whole


def test_many_messages_are_left_out_on_the_first_page_and_nowhere_else(helped: Server) -> None:
    messages = [{"role": "user", "content": f"message-{i}-"} for i in range(500)]
    with helped.http() as client:
        client.post(HERE, json={"messages": messages, "max_tokens": 1})
    start, whole = page(helped).text, page(helped, f"/_page/requests/{helped.mark()}").text

    assert "489 messages more" in start
    assert "message-499-" in start
    assert all(f"message-{i}-" in whole for i in range(500))


def test_control_characters_can_be_seen_and_halves_of_characters_do_no_harm(helped: Server) -> None:
    with helped.http() as client:
        body = rb'{"messages": [{"role": "user", "content": "a\u0000b\u001b[31m \ud83d end"}]}'
        client.post(HERE, content=body)
    text = page(helped).text

    assert "a\u2400b\u241b[31m \\ud83d end" in text
    assert page(helped, f"/_page/requests/{helped.mark()}").status_code == 200


def test_a_key_that_is_sent_twice_is_shown_nowhere(fresh: Server) -> None:
    secret = "lt-0123456789abcdef-secret"
    headers = {"x-api-key": secret, "x-langtail-metadata-copy": secret, "x-forwarded-api-key": secret}
    with fresh.http(headers=headers) as client:
        client.post(
            HERE,
            params={"v": "", "copy": secret, "api_key": "short"},
            json={"messages": [{"role": "user", "content": f"It is {secret}."}], "metadata": {"key": secret}},
        )
        client.get(f"/nowhere/{secret}/x")
        client.post(HERE, content=f"{secret} is no JSON")
    pages = [page(fresh, path).text for path in ("/", "/_page/requests/1", "/_page/requests/2")]

    assert "It is ***." in pages[1]
    assert "api_key=***" in pages[1]
    for text in [*pages[1:], str(fresh.requests())]:
        assert secret not in text
        assert "short" not in text


def test_with_a_key_the_page_asks_for_it_and_takes_it_as_a_password(locked: Server) -> None:
    refused = page(locked)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, BASIC["www-authenticate"])
    assert "any user name" in refused.text

    for user in ("", "anybody", "someone:else"[:7]):
        assert page(locked, auth=(user, KEY)).status_code == 200
    for wrong in ("", "lt-wrong", f"{KEY}x", "ключ"):
        assert page(locked, auth=("x", wrong)).status_code == 401
    for odd in ("Basic", "Basic !!!", "Basic \xff", f"Basic {KEY}", "Digest x"):
        assert page(locked, headers={"authorization": odd.encode("latin-1")}).status_code == 401


@pytest.mark.parametrize(
    "path", ["/_page/requests", "/_page/threads/x", "/_page/deployment", "/_page/nowhere"]
)
def test_no_part_of_the_page_is_open_without_the_key(locked: Server, path: str) -> None:
    assert page(locked, path).status_code == 401


@pytest.mark.parametrize("path", ["/list-deployments", "/v2/threads", HERE, "/_requests", "/nowhere"])
def test_neither_password_nor_session_opens_the_api(locked: Server, path: str) -> None:
    with httpx.Client(base_url=locked.url, trust_env=False) as browser:
        assert browser.get(ticket(locked).json()["path"]).status_code == 303
        assert browser.get("/").status_code == 200
        answers = [browser.get(path), browser.get(path, auth=("x", KEY))]

    for answer in answers:
        assert answer.status_code == 401
        assert answer.json()["error"]["type"] == "authentication_error"
        assert "www-authenticate" not in answer.headers


def test_a_ticket_opens_the_page_once(locked: Server) -> None:
    path = ticket(locked).json()["path"]
    assert re.fullmatch(r"/_page/enter/[\w-]{43}", path)

    looked = httpx.head(f"{locked.url}{path}", trust_env=False)
    with httpx.Client(base_url=locked.url, trust_env=False) as browser:
        entered = browser.get(path)
        assert (entered.status_code, urljoin(str(entered.url), entered.headers["location"])) == (
            303,
            f"{locked.url}/",
        )
        assert browser.get(entered.headers["location"]).status_code in (200, 404)
        assert browser.get("/").status_code == 200
    again = page(locked, path)

    assert looked.status_code == 403
    assert again.status_code == 403
    assert "%langtail open" in again.text


def test_a_session_is_a_strict_cookie_that_holds_no_key(locked: Server) -> None:
    entered = page(locked, ticket(locked).json()["path"])
    cookie = entered.headers["set-cookie"]

    name, _, rest = cookie.partition("=")
    assert name == f"langtail_nb_{locked.port}"
    assert {part.strip().lower() for part in rest.split(";")[1:]} == {"httponly", "path=/", "samesite=strict"}
    assert KEY not in str(entered.headers)


def test_a_cookie_that_was_made_up_opens_nothing(locked: Server) -> None:
    for value in ("", "x", KEY):
        assert page(locked, headers={"cookie": f"langtail_nb_{locked.port}={value}"}).status_code == 401


@pytest.mark.parametrize("key", ["", "lt-wrong"])
def test_only_who_has_the_key_gets_a_ticket(locked: Server, key: str) -> None:
    refused = ticket(locked, key)

    assert (refused.status_code, refused.json()["error"]["message"]) == (401, "Invalid API key")


def test_a_ticket_that_is_late_opens_nothing() -> None:
    now = [1000.0]
    door = Door(KEY, clock=lambda: now[0])
    early, late = door.ticket(), door.ticket()

    now[0] += TICKET_LASTS_S
    assert door.enter(early) is not None
    now[0] += 0.001
    assert door.enter(late) is None


def test_the_servers_own_key_is_on_no_page(locked: Server) -> None:
    with locked.http(headers={"x-api-key": KEY}) as client:
        client.post(HERE, json={"messages": [{"role": "user", "content": f"It is {KEY}."}]})
        client.get("/list-deployments", params={"key": KEY})
    for path in ("/", "/_page/requests"):
        text = page(locked, path, auth=("x", KEY)).text
        assert "It is ***." in text
        assert KEY not in text


@pytest.mark.parametrize("path", ["/", "/_page/requests", "/_page/enter/x"])
def test_a_foreign_host_or_origin_is_refused(server: Server, path: str) -> None:
    for headers in ({"host": "evil.example"}, {"origin": "https://evil.example"}):
        response = page(server, path, headers=headers)
        assert response.status_code == 403
        assert "This server answers" in response.text


def test_without_a_key_nobody_elsewhere_sees_the_page(make_server: Any) -> None:
    """Also where the server listens to the network; uvicorn believes a proxy of this machine."""
    server = make_server({"helper": helper()}, "--host", "0.0.0.0")
    here = f"http://127.0.0.1:{server.port}/"

    near = httpx.get(here, trust_env=False)
    assert near.status_code == 200
    for headers in ({"x-forwarded-for": "203.0.113.9"}, {"host": "rebound.example"}, {"host": "[::1"}):
        far = httpx.get(here, headers=headers, trust_env=False)
        assert far.status_code == 403
        assert "--api-key" in far.text
        assert "helper" not in far.text


def test_with_a_key_the_network_may_see_the_page(make_server: Any) -> None:
    server = make_server({"helper": helper()}, "--host", "0.0.0.0", "--api-key", KEY)
    here = f"http://127.0.0.1:{server.port}/"
    far = {"x-forwarded-for": "203.0.113.9", "host": f"notebooks.example:{server.port}"}

    assert httpx.get(here, headers=far, trust_env=False).status_code == 401
    assert httpx.get(here, headers=far, auth=("x", KEY), trust_env=False).status_code == 200


def test_old_payloads_make_room_for_new_ones() -> None:
    """Two hundred requests of a megabyte each would fill the memory of a small machine."""
    journal = Journal()
    for _ in range(KEPT):
        entry = journal.open("127.0.0.1:1", "POST", HERE, "", ())
        entry.remember_provider({"messages": [{"role": "user", "content": "x" * 900_000}]})
        journal.close(entry, 200)
    kept = [entry.provider for entry in journal.entries if entry.provider and "messages" in entry.provider]

    assert len(journal.entries) == KEPT
    assert sum(len(str(provider)) for provider in kept) <= LONGEST_PAYLOADS_BYTES
    assert len(kept) > 60
    assert journal.entries[-1].provider is kept[-1]
    assert "Not kept" in request_list(list(journal.entries)[:1], "./")
