"""Where a project's files are kept, in every odd place, and who may read them."""

import os
import shutil
import stat
import tempfile
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from langtail_nb._kernel.disk.folder import belongs_to_us, file_in, folder, in_use, local_threads
from langtail_nb._kernel.disk.project import root_of, upwards
from langtail_nb._kernel.disk.store import Store
from langtail_nb._kernel.disk.store_error import StoreError

OTHER = 1000
needs_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file to another user"
)


@pytest.fixture
def place(monkeypatch):
    """A folder that every user can enter, with nothing of a project in it or above, and a home elsewhere."""
    path = Path(os.path.realpath(tempfile.mkdtemp()))
    path.chmod(0o755)
    monkeypatch.delenv("LANGTAIL_NB_HOME", raising=False)
    monkeypatch.setenv("HOME", str(path / "home"))
    (path / "home").mkdir()
    monkeypatch.chdir(path)
    before = os.umask(0o022)
    yield path
    os.umask(before)
    os.chdir("/")
    shutil.rmtree(path)


@pytest.fixture
def go(place, monkeypatch):
    """Goes to a folder of the place, which is made."""

    def to(name):
        path = place / name
        path.mkdir(parents=True, exist_ok=True)
        monkeypatch.chdir(path)
        return path

    return to


@contextmanager
def another_user():
    os.seteuid(OTHER)
    try:
        yield
    finally:
        os.seteuid(0)


def give(path, user=OTHER):
    os.chown(path, user, user, follow_symlinks=False)
    return path


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def begin():
    store = Store()
    store.begin_turn(source="cell", base_url="u", target="a/b/c/d", thread=None, request={})
    return store


def names(path):
    return sorted(one.name for one in path.iterdir())


# Which folder.


@pytest.mark.parametrize("is_worktree", [False, True], ids=["clone", "worktree"])
def test_it_is_made_in_the_root_of_a_clone_and_of_a_worktree(place, go, is_worktree):
    go("project/notebooks/deep")
    git = place / "project" / ".git"
    git.write_text("gitdir: elsewhere") if is_worktree else git.mkdir()

    begin()

    assert names(place / "project" / ".langtail") == [".gitignore", "store.sqlite"]
    assert names(place / "project" / "notebooks" / "deep") == []


def test_it_is_searched_up_to_the_root_and_no_further(place, go):
    go("project/notebooks/deep")
    (place / "project" / ".git").mkdir()
    (place / ".langtail").mkdir()
    assert folder() == place / "project" / ".langtail"

    (place / "project" / "notebooks" / ".langtail").mkdir()
    assert folder() == place / "project" / "notebooks" / ".langtail"


def test_the_root_is_the_outermost_package_where_there_is_no_git(place, go):
    here = go("project/packages/one/notebooks")
    for name in ("project", "project/packages/one"):
        (place / name / "pyproject.toml").touch()

    assert root_of(here) == place / "project"


def test_a_package_of_a_larger_clone_is_no_root(place, go):
    here = go("mono/packages/one/notebooks")
    (place / "mono" / ".git").mkdir()
    for name in (".", "mono/packages/one"):
        (place / name / "pyproject.toml").touch()

    assert root_of(here) == place / "mono"
    assert folder() == place / "mono" / ".langtail"


def test_home_is_no_root_and_nothing_is_looked_for_in_it(place, go):
    home = place / "home"
    for folder_there in (".git", ".langtail"):
        (home / folder_there).mkdir()
    (home / "pyproject.toml").touch()
    (place / ".git").mkdir()

    here = go("home/week/notebooks")
    assert root_of(here) is None
    assert folder() == here / ".langtail"

    (home / "week" / ".langtail").mkdir()
    assert folder() == home / "week" / ".langtail"
    assert go("home") / ".langtail" == folder()


@pytest.mark.skipif(not os.path.ismount("/dev/shm"), reason="nothing is mounted there")
def test_without_a_root_nothing_is_looked_for_at_a_mount(place):
    assert upwards(Path("/dev/shm/one/two")) == [Path("/dev/shm/one/two"), Path("/dev/shm/one")]


def test_a_folder_that_is_reached_by_a_link_is_the_one_that_it_leads_to(place, go, monkeypatch):
    go("project/notebooks")
    (place / "project" / ".git").mkdir()
    (place / "short").symlink_to(place / "project" / "notebooks")
    monkeypatch.chdir(place / "short")

    assert folder() == place / "project" / ".langtail"


def test_a_link_of_ours_to_a_folder_of_ours_is_followed(place, go):
    here = go("project")
    (place / "large").mkdir(mode=0o700)
    (here / ".langtail").symlink_to(place / "large")

    begin()

    assert "store.sqlite" in names(place / "large")


def test_the_variable_names_another_folder(place, go, monkeypatch):
    here = go("project")
    (here / ".git").mkdir()
    monkeypatch.setenv("LANGTAIL_NB_HOME", "deep/er")
    begin()

    assert in_use() == here / "deep" / "er"
    assert [mode(here / name) for name in ("deep", "deep/er")] == [0o700, 0o700]


def test_a_working_directory_that_is_gone_is_one_clear_line(place, go):
    go("gone").rmdir()

    for ask in (begin, in_use, local_threads, lambda: Store().threads("u", "a"), Store().version):
        with pytest.raises(StoreError, match="the working directory is gone; go to one that is there"):
            ask()


# Whose.


@needs_root
def test_the_folder_of_another_user_is_passed_over(place, go):
    go("shared/mine")
    give(place / "shared")
    theirs = place / "shared" / ".langtail"
    theirs.mkdir(mode=0o777)
    give(theirs).chmod(0o777)

    begin()

    assert names(theirs) == []
    assert folder() == place / "shared" / "mine" / ".langtail"


@needs_root
@pytest.mark.parametrize("user", [0, OTHER], ids=["root in theirs", "they in root's"])
def test_where_the_only_place_is_another_users_nothing_is_kept_and_one_line_says_so(place, go, user):
    here = go("project")
    (here / ".git").mkdir()
    (here / ".langtail").mkdir()
    for path in (here, here / ".git", here / ".langtail"):
        give(path, OTHER - user)
    os.chmod(here / ".langtail", 0o777)

    with another_user() if user else nullcontext():
        for ask in (begin, in_use, local_threads):
            with pytest.raises(
                StoreError, match=r"project/\.langtail: it belongs to another user; LANGTAIL_NB"
            ):
                ask()

    assert names(here / ".langtail") == []


@needs_root
def test_root_keeps_what_is_its_own_in_a_project_of_another_user(place, go):
    """As in a container with a folder of the host."""
    here = give(go("project"))
    (here / ".git").mkdir()
    give(here / ".git")
    begin()

    assert mode(here / ".langtail") == 0o700
    assert (here / ".langtail").stat().st_uid == 0


@needs_root
def test_where_the_root_cannot_be_written_the_working_directory_can(place, go):
    mine = give(go("project/mine"))
    (place / "project" / ".git").mkdir()

    with another_user():
        begin()

    assert names(mine / ".langtail") == [".gitignore", "store.sqlite"]
    assert (mine / ".langtail").stat().st_uid == OTHER


@needs_root
def test_where_nothing_can_be_written_one_line_says_so(place, go):
    go("project")

    with another_user(), pytest.raises(StoreError, match=r"cannot keep files in .*: Permission denied"):
        begin()


@needs_root
@pytest.mark.parametrize("name", ["store.sqlite", "store.sqlite-wal"])
def test_a_file_of_another_user_in_a_folder_of_ours_is_not_written(place, go, name):
    here = go("project")
    begin()
    give(_empty(here / ".langtail" / name))

    with pytest.raises(StoreError, match=f"{name}: it belongs to another user; move it away"):
        begin()


def _empty(path):
    path.write_bytes(b"")
    return path


@needs_root
def test_a_link_that_another_user_made_is_not_followed(place, go):
    here = go("project")
    (place / "mine").mkdir()
    (here / ".langtail").symlink_to(place / "mine")
    give(here / ".langtail")

    with pytest.raises(StoreError, match="belongs to another user"):
        begin()
    assert names(place / "mine") == []


@pytest.mark.parametrize("make", ["link", "pipe", "folder"])
def test_a_store_that_is_no_plain_file_is_neither_read_nor_written(place, go, make):
    here = go("project")
    (here / ".langtail").mkdir()
    store = here / ".langtail" / "store.sqlite"
    match make:
        case "link":
            store.symlink_to(_empty(place / "elsewhere"))
        case "pipe":
            os.mkfifo(store)
        case "folder":
            store.mkdir()

    for ask in (begin, lambda: Store().threads("u", "a")):
        with pytest.raises(StoreError, match="it is no plain file"):
            ask()
    if make == "link":
        assert (place / "elsewhere").read_bytes() == b""


def test_a_file_in_the_folders_place_is_told(place, go):
    (go("project") / ".langtail").touch()

    with pytest.raises(StoreError, match="it is no folder"):
        begin()


# Who may read.


def test_what_is_made_is_for_its_owner_only(place, go):
    here = go("project") / ".langtail"
    store = begin()
    with store._open(here):
        made = {one.name: mode(one) for one in here.iterdir()}

    assert mode(here) == 0o700
    assert made == dict.fromkeys(
        [".gitignore", "store.sqlite", "store.sqlite-wal", "store.sqlite-shm"], 0o600
    )


def test_in_a_folder_that_git_made_the_files_are_private_and_recordings_keep_their_modes(place, go):
    here = go("clone") / ".langtail"
    (here / "replay").mkdir(parents=True)
    for name in (".gitignore", "replay/a.jsonl"):
        (here / name).touch()
    for name in ("store.sqlite", "store.sqlite-wal", "local.sqlite"):
        _empty(here / name).chmod(0o644)

    store = begin()
    local_threads()

    assert [mode(here / name) for name in (".", "replay", ".gitignore", "replay/a.jsonl")] == [
        0o755, 0o755, 0o644, 0o644
    ]  # fmt: skip
    assert [mode(here / name) for name in ("store.sqlite", "local.sqlite")] == [0o600, 0o600]
    assert store.take_told() == []


def test_a_folder_of_ours_that_others_may_write_to_is_made_private_and_told_once(place, go):
    os.umask(0o002)
    here = go("clone") / ".langtail"
    (here / "replay").mkdir(parents=True)
    assert mode(here) == 0o775

    store = begin()
    path, told = local_threads()

    assert (mode(here), mode(here / "replay")) == (0o700, 0o775)
    assert store.take_told() == [f"others could write to {here}; it is private now"]
    assert store.take_told() == told == []
    assert (path, mode(path)) == (here / "local.sqlite", 0o600)


@pytest.mark.parametrize("sticky", [True, False], ids=["shared on purpose", "behind a link"])
def test_what_others_rely_on_is_left_as_it_is(place, monkeypatch, sticky):
    shared = place / "shared"
    shared.mkdir()
    shared.chmod(0o1777 if sticky else 0o777)
    (place / "link").symlink_to(shared)
    monkeypatch.setenv("LANGTAIL_NB_HOME", str(shared if sticky else place / "link"))

    with pytest.raises(StoreError, match="others may write to it; LANGTAIL_NB_HOME names another folder"):
        begin()
    assert names(shared) == []


def test_the_recordings_are_spared_from_being_ignored(place, go):
    here = go("project")
    begin()
    begin()

    assert "!replay/**" in (here / ".langtail" / ".gitignore").read_text()


def test_what_is_there_is_ours_and_what_is_not_is_nobodys(place):
    assert belongs_to_us(place)
    assert not belongs_to_us(place / "nothing")
    assert file_in(place / "home" / "new", "a.sqlite").path.read_bytes() == b""


def test_a_folder_that_is_named_in_quotes_is_told(monkeypatch):
    monkeypatch.setenv("LANGTAIL_NB_HOME", '"/somewhere"')

    with pytest.raises(StoreError, match="LANGTAIL_NB_HOME stands in quotes"):
        folder()
