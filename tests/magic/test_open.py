"""``%langtail open`` in a kernel with a local server: a link to the server's page that holds no key."""

import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from tests.kernels import kernel as start_kernel

CONFIG = b'{"chatInput": {}, "state": {"type": "chat", "template": [], "args": {}}}'
TOKEN = "__import__('langtail_nb._kernel.session', fromlist=['x']).session.own_server.server.token"


class Another(BaseHTTPRequestHandler):
    """Langtail on this machine, but not ours: it has deployments, and no page."""

    def do_GET(self):
        self._answer(200, CONFIG)

    def do_POST(self):
        self._answer(404, b'{"error": "Not found"}')

    def _answer(self, status, body):
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def another_server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Another)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def kernel(tmp_path):
    env = {"LANGTAIL_NB_HOME": str(tmp_path / "kept"), "LANGTAIL_API_KEY": "lt-real-key-0123456789"}
    with start_kernel(sys.executable, env=env, cwd=str(tmp_path)) as kernel:
        kernel.run("%load_ext langtail_nb\nimport langtail_nb as lt")
        assert kernel.run("%langtail local --engine echo").status == "ok"
        yield kernel


def test_the_link_opens_the_page_of_the_local_server_and_holds_no_key(kernel):
    token = kernel.value(TOKEN).strip("'")
    kernel.run("%%langtail\nWhere is my parcel?")

    ran = kernel.run("%langtail open")

    link = ran.text.strip()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/_page/enter/[\w-]{43}", link), ran.errors
    assert token not in str(ran)
    with httpx.Client(trust_env=False, follow_redirects=True) as browser:
        page = browser.get(link)
    assert page.status_code == 200
    assert "Where is my parcel?" in page.text
    assert token not in page.text


def test_each_link_is_another_and_opens_once(kernel):
    links = [kernel.run("%langtail open").text.strip() for _ in range(2)]

    assert links[0] != links[1]
    assert [httpx.get(links[0], trust_env=False).status_code for _ in range(2)] == [303, 403]
    assert httpx.get(links[1], trust_env=False).status_code == 303


def test_a_server_that_another_process_started_is_opened_too(tmp_path, server):
    env = {
        "LANGTAIL_NB_HOME": str(tmp_path / "kept"),
        "LANGTAIL_API_KEY": "lt-real-key-0123456789",
        "LANGTAIL_BASE_URL": server.url,
        "LANGTAIL_ASSISTANT": "acme/help/support/production",
    }
    with start_kernel(sys.executable, env=env, cwd=str(tmp_path)) as kernel:
        kernel.run("%load_ext langtail_nb")
        ran = kernel.run("%langtail open")

    assert ran.text.startswith(f"{server.url}/_page/enter/"), ran.errors


def test_without_a_page_on_this_machine_the_playground_is_opened(tmp_path, another_server):
    env = {"LANGTAIL_NB_HOME": str(tmp_path / "kept"), "LANGTAIL_BASE_URL": another_server,
           "LANGTAIL_ASSISTANT": "acme/help/support/production"}  # fmt: skip
    with start_kernel(sys.executable, env=env, cwd=str(tmp_path)) as kernel:
        kernel.run("%load_ext langtail_nb")
        ran = kernel.run("%langtail open")

    assert ran.text.startswith("https://app.langtail.com/playground"), ran.errors
