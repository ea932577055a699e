"""``/_requests``: what the local server was asked, for tests and for whoever wonders."""

from tests.servers import KEY, deployment

DEPLOYMENTS = {"support": deployment("Help about {{topic}} briefly.", chatInput={"topic": "orders"})}
PATH = "/acme/help/support/production"
BODY = {"messages": [{"role": "user", "content": "Where is it?"}], "stream": False}


def test_the_journal_tells_what_was_asked_what_the_model_got_and_what_it_said(echo_server):
    with echo_server.http() as http:
        http.post(PATH, json=BODY)
        told = http.get("/_requests")
    entry = told.json()["requests"][-1]

    assert (entry["method"], entry["path"], entry["status"], entry["body"]) == ("POST", PATH, 200, BODY)
    assert [message["content"] for message in entry["provider"]["messages"]] == [
        "Help about orders briefly.",
        "Where is it?",
    ]
    assert entry["answer"]["messages"][-1]["content"].endswith("user: Where is it?")
    assert KEY not in told.text
    assert told.json()["connections"].keys() == {"accepted", "open"}


def test_the_journal_can_be_read_on_and_emptied_and_its_ids_go_on(echo_server):
    with echo_server.http() as http:
        for _ in range(2):
            http.post(PATH, json=BODY)
        first, second = [entry["id"] for entry in http.get("/_requests").json()["requests"]][-2:]
        later = http.get("/_requests", params={"after": first}).json()["requests"]
        accepted = http.get("/_requests").json()["connections"]["accepted"]
        emptied = http.delete("/_requests")
        left = http.get("/_requests").json()
        http.post(PATH, json=BODY)
        again = http.get("/_requests").json()["requests"]

    assert [entry["id"] for entry in later] == [second]
    assert emptied.status_code == 200
    assert left["requests"] == []
    assert left["connections"]["accepted"] == accepted
    assert [entry["id"] for entry in again if entry["path"] == PATH] == [second + 1]
