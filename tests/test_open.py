"""``%langtail open`` in a kernel with a local server: a link to the server's page that holds no key."""

import re
import sys

import httpx
import pytest
from kernels import kernel as start_kernel

TOKEN = "__import__('langtail_nb._commands.local', fromlist=['x'])._running[-1][0].token"


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
