"""Without rows: nothing of a table stands in a recording, and what was asked about its rows still plays."""

from __future__ import annotations

import json
import sys

import pytest

from langtail_nb._replay.asked import hashed, is_hashed
from langtail_nb._show.compose import compose
from tests.kernels import kernel as started
from tests.replay.asking import NOWHERE, ask
from tests.replay.test_missed import missed
from tests.servers import LONG_KEY, deployment

TARGET = "acme/demo/short/production"
ROWS = [
    {"question": f"Where is the parcel of Jane{n}?", "town": f"Town{n}", "right": f"Right{n}"}
    for n in (1, 2, 3)
]
JUDGE = "lt.judge('acme/demo/short/production', 'Is it right?', columns=['right'])"
CELLS = (
    "import json, langtail_nb as lt\n%load_ext langtail_nb",
    "%langtail replay MODE --no-rows",
    f"rows = {ROWS!r}",
    # Its table tells how long each call waited for its turn.
    f"found = lt.map(rows=rows, message='question', target='{TARGET}')\nfound.to_pandas().to_csv()",
    f"run = lt.sweep('{TARGET}', over=lt.grid(temperature=[0, 1]), rows=rows, message='question',"
    f" score={{'right': {JUDGE}}}).run()\n"
    "print('SENT', len(run.table()))",
    f"[lt.ask(row['question'], target='{TARGET}', town=row['town']).text for row in rows]",
    f"%%langtail {TARGET}\nIs this in the notebook?",
)


def ran(folder, url, mode):
    """What each cell shows in a fresh kernel."""
    environment = {
        "LANGTAIL_BASE_URL": url,
        "LANGTAIL_API_KEY": LONG_KEY,
        "LANGTAIL_NB_HOME": str(folder / ".langtail"),
    }
    with started(sys.executable, env=environment, cwd=str(folder)) as kernel:
        cells = [kernel.run(cell.replace("MODE", mode), cell_id=None, allow_stdin=False) for cell in CELLS]
    return [[str(out.get("data") or out.get("text") or out) for out in one.outputs] for one in cells]


@pytest.fixture
def short(make_server):
    """A server whose answers repeat nothing of what was asked."""
    return make_server(
        {"short": deployment("Be kind in {{town}}.", chatInput={"town": "x"}, args={"max_tokens": 1})}
    )


def test_no_row_and_no_kept_column_stands_in_the_file_and_everything_plays(short, tmp_path):
    recorded = ran(tmp_path, short.url, "record")
    (path,) = (tmp_path / ".langtail/replay").glob("acme.demo.short.*")
    text = path.read_text("utf-8")

    assert [word for word in ("Jane", "Town", "Right", "parcel") if word in text] == []
    assert "Is this in the notebook?" in text
    played = ran(tmp_path, NOWHERE, "only")
    assert "SENT" in str(recorded[4])
    assert played[3:] == recorded[3:]
    assert path.read_text("utf-8") == text


def test_a_message_that_is_kept_as_its_hash_is_known_again_and_not_shown_as_a_difference(kernel, monkeypatch):
    session = kernel("auto")
    session.replay.rows = False
    ask(session, "About Jane", apart=True, temperature=0.2)
    only = kernel("only", NOWHERE)
    error = missed(only, "About Jane", apart=True, temperature=0.4)
    assert error.differences == ("temperature 0.2 → 0.4",)
    plain, _ = compose(missed(only, "About John", apart=True, temperature=0.2).reply)

    assert "the message changed" in plain
    assert "sha256" not in plain


def test_of_a_message_its_role_is_left_and_a_hash_of_all_else():
    messages = [{"role": "user", "content": [{"type": "text", "text": "Jane"}], "name": "Jane"}]
    found = hashed(messages)

    assert list(found[0]) == ["role", "content"]
    assert "Jane" not in json.dumps(found)
    assert is_hashed(found)
    assert not is_hashed(messages)
    assert found != hashed([{**messages[0], "name": "John"}])
