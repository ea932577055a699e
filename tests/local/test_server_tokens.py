"""``POST /_tokens/…``: the tokens of a prompt, counted before anything is answered."""

import pytest

from tests.servers import deployment

DEPLOYMENTS = {"support": deployment("Help about {{topic}} briefly.", chatInput={"topic": "orders"})}
PATH = "/acme/help/support/production"
BODY = {"messages": [{"role": "user", "content": "Where is it?"}], "variables": {"topic": "late returns"}}


def test_the_engine_counts_the_rendered_prompt_and_the_count_is_no_request_of_the_journal(echo_server):
    mark = echo_server.mark()
    with echo_server.http() as http:
        found = http.post(f"/_tokens{PATH}", json=BODY).json()
        refused = http.post(f"/_tokens{PATH}", json={**BODY, "threadId": "thr_1"})
        missing = http.post("/_tokens/acme/help/nobody/production", json=BODY)

    assert found == {"promptTokens": 8, "model": "echo"}
    assert (refused.status_code, missing.status_code) == (400, 404)
    assert "send its messages" in refused.text
    assert echo_server.requests(mark) == []


@pytest.mark.model
def test_the_count_of_the_real_model_is_the_one_that_its_answer_tells(model_server):
    body = {"messages": [{"role": "user", "content": "Where is my parcel? " * 20}], "stream": False}
    with model_server.http() as http:
        counted = http.post("/_tokens/local/demo/support/production", json=body).json()["promptTokens"]
        answered = http.post("/local/demo/support/production", json={**body, "max_tokens": 1}).json()

    assert counted == answered["usage"]["prompt_tokens"] > 60
