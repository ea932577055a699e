"""The one table of the files that this package writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from langtail_nb._kernel.disk.folder import FOLDER, STORE, THREADS
from langtail_nb._kernel.replay import RECORDINGS
from langtail_nb._replay.last_run import LAST_RUN

_REPLAY: Final = f"{FOLDER}/{RECORDINGS}"

FILES: Final[Mapping[str, str]] = {
    f"{FOLDER}/{STORE}": "calls and their answers, which %langtail runs lists, and names of threads",
    f"{FOLDER}/{THREADS}": "conversations of the local server",
    f"{FOLDER}/.gitignore": f"keeps all of the folder out of git, but for {RECORDINGS}/",
    f"{_REPLAY}/*.jsonl": "recordings, a file for each target and a line for each call, to be committed",
    f"{_REPLAY}/vary.txt": "names of variables that are left out of what is compared",
    f"{_REPLAY}/.gitattributes": "lets git merge two branches that recorded other cells",
    f"{_REPLAY}/.gitignore": "keeps the two below out of git",
    f"{_REPLAY}/{LAST_RUN}": "what the last whole run of pytest used, for %langtail replay prune",
    f"{_REPLAY}/.lock": "held while another process writes recordings",
}
"""Those of a project, by their place. Beside a database SQLite has files of its own, -wal and -shm."""

ON_REQUEST: Final[Mapping[str, str]] = {
    "SLUG.md, SLUG.json": "assistants: %langtail save, and langtail-nb pull --all FOLDER",
    "FILE of %langtail thread export": "a conversation, as the form that its name ends in",
    "FILE of run.to_csv, to_jsonl, to_parquet": "the trials of a run",
    "langtail-demo/*.ipynb": "your copy of the notebooks: langtail-nb demo",
    "SmolLM2-135M-Instruct.Q4_1.gguf": "the model, in the user's cache folder: langtail-nb model, and demo",
    "langtail-nb, in the system's keyring": "the key that %langtail login was given, for one address",
}
"""What is written only where a command asks for it, and that command."""
