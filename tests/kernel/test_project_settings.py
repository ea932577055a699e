"""``[tool.langtail-nb]``: what a project may say, where it is looked for, and how little it is trusted."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from langtail_nb import ConfigurationError
from langtail_nb._client import key_lookup
from langtail_nb._kernel import project_settings, sourced
from langtail_nb._kernel.prices import Cost
from langtail_nb._kernel.session import Session
from langtail_nb._types.completion.usage import Usage

TARGET = "acme/help/support/production"
SECRET = "lt-0123456789abcdef"
needs_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file to another user"
)


@pytest.fixture
def place(monkeypatch):
    """A folder with nothing of a project in it or above, a home elsewhere, and nothing in the environment."""
    path = Path(os.path.realpath(tempfile.mkdtemp()))
    (path / "home").mkdir()
    for name in ("LANGTAIL_NB_HOME", "LANGTAIL_BASE_URL", "LANGTAIL_ASSISTANT", "LANGTAIL_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(path / "home"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.chdir(path)
    yield path
    os.chdir("/")
    shutil.rmtree(path)


@pytest.fixture
def project(place):
    """Writes the project's file and returns what is read of it."""

    def write(text, folder="."):
        path = place / folder / "pyproject.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return project_settings.current()

    return write


def table(text):
    return f"[tool.langtail-nb]\n{text}"


def the_note(found):
    [note] = found.notes
    assert "\n" not in note
    assert note.startswith(str(found.path))
    return note


def test_a_project_says_assistant_base_url_rerun_and_prices(project):
    found = project(
        f"""
[tool.langtail-nb]
assistant = "{TARGET}"
base_url = "https://langtail.example/eu/"
rerun = "append"

[tool.langtail-nb.prices]
"my-model" = [0.15, 0.60]
"""
    )

    assert str(found.assistant) == TARGET
    assert (found.base_url, found.rerun) == ("https://langtail.example/eu", "append")
    assert found.prices == {"my-model": (0.15, 0.60)}
    assert found.notes == ()


def test_a_name_may_be_spelled_as_other_tables_spell_theirs(project):
    assert project(table('base-url = "https://langtail.example"')).base_url == "https://langtail.example"


def test_settings_of_a_kernel_follow_the_project_until_environment_and_kernel_say_otherwise(
    project, monkeypatch
):
    session = Session()
    settings = session.settings
    assert (settings.current_target(), session.base_url, settings.rerun) == (
        None,
        "https://api.langtail.com",
        "fork",
    )
    project(table(f'assistant = "{TARGET}"\nbase_url = "https://a.example"\nrerun = "append"'))
    assert (str(settings.current_target()), session.base_url, settings.rerun) == (
        TARGET,
        "https://a.example",
        "append",
    )

    monkeypatch.setenv("LANGTAIL_ASSISTANT", "acme/help/other/production")
    monkeypatch.setenv("LANGTAIL_BASE_URL", "https://b.example")
    assert (str(settings.current_target()), session.base_url) == (
        "acme/help/other/production",
        "https://b.example",
    )

    settings.target, settings.base_url, settings.rerun = "third/staging", "https://c.example", "fork"
    assert (str(settings.current_target()), session.base_url, settings.rerun) == (
        "acme/help/third/staging",
        "https://c.example",
        "fork",
    )
    settings.unset("rerun")
    assert settings.rerun == "append"


def test_each_value_knows_where_it_comes_from(project, place, monkeypatch):
    path = str(place / "pyproject.toml")
    assert sourced.base_url(None).source == "default"
    project(table(f'assistant = "{TARGET}"\nbase_url = "https://a.example"\nrerun = "append"'))
    found = [sourced.base_url(None), sourced.target(None), sourced.rerun(None)]
    assert [one.source for one in found] == [path, path, path]

    monkeypatch.setenv("LANGTAIL_ASSISTANT", TARGET)
    monkeypatch.setenv("LANGTAIL_BASE_URL", "https://b.example")
    assert sourced.base_url(None).source == "LANGTAIL_BASE_URL"
    assert sourced.target(None).source == "LANGTAIL_ASSISTANT"
    assert [sourced.base_url("https://c.example").source, sourced.target(TARGET).source] == ["set", "set"]
    assert sourced.rerun("fork").source == "set"


def test_a_price_of_the_project_counts_after_one_by_hand_and_says_that_it_is_the_projects(project):
    project(table('[tool.langtail-nb.prices]\n"gpt-4o" = [1, 2]'))
    prices, one = Session().prices, Usage(1_000_000, 1_000_000, 2_000_000, None, None, {})

    assert prices.cost("gpt-4o-2024-08-06", one) == Cost(3, "project")
    assert "gpt-4o" not in prices
    prices["gpt-4o"] = (3, 4)
    assert prices.cost("gpt-4o-2024-08-06", one) == Cost(7, "by hand")


def test_the_file_is_read_again_when_it_has_changed_and_not_otherwise(project, monkeypatch):
    project(table('rerun = "append"'))
    with monkeypatch.context() as patched:
        patched.setattr(project_settings, "_read", lambda path: pytest.fail("read again"))
        assert project_settings.current().rerun == "append"

    assert project(table('rerun = "fork"  # again')).rerun == "fork"


def test_the_nearest_file_with_the_table_counts_up_to_the_root_and_none_above(project, place, monkeypatch):
    project(table('rerun = "append"'))
    (place / "repo" / "notebooks" / "deep").mkdir(parents=True)
    (place / "repo" / ".git").mkdir()
    monkeypatch.chdir(place / "repo" / "notebooks" / "deep")
    assert project_settings.current().path is None

    assert project(table(f'assistant = "{TARGET}"'), "repo").path == place / "repo" / "pyproject.toml"
    project("[project]\nname = 'package'", "repo/notebooks")
    assert project_settings.current().path == place / "repo" / "pyproject.toml"
    nearest = project(table('rerun = "fork"'), "repo/notebooks")
    assert (nearest.path, nearest.assistant) == (place / "repo" / "notebooks" / "pyproject.toml", None)


def test_home_is_no_project(project, place, monkeypatch):
    project(table('rerun = "append"'), "home")
    monkeypatch.chdir(place / "home")

    assert project_settings.current().path is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('assistent = "x"', "unknown 'assistent' (did you mean 'assistant'?); it takes assistant, base_url"),
        ("temperature = 1", "unknown 'temperature'; it takes"),
        ("max_tokens = 1", "unknown 'max_tokens'; it takes"),
        ("assistant = 5", "assistant must be text, not 5"),
        ('assistant = "support"', "assistant: target 'support' names no environment"),
        ('base_url = "langtail.example"', "must look like https://host"),
        ('base_url = "http://langtail.example"', "would send the key unencrypted"),
        ("base_url = []", "base_url must be text, not []"),
        ('rerun = "frok"', "rerun must be fork or append, not 'frok' (did you mean 'fork'?)"),
        ("prices = 3", "prices must be a table, [tool.langtail-nb.prices]"),
        ("prices.m = 3", "a price is two numbers, and that of 'm' is 3; write \"my-model\" = [0.15, 0.60]"),
        ("prices.m = [nan, 1]", "the price of 'm' for tokens in must be a number from 0, not nan"),
        ("prices.m = [1, -1]", "the price of 'm' for tokens out must be a number from 0, not -1"),
    ],
)
def test_a_wrong_name_or_value_is_a_note_and_what_is_right_beside_it_counts(project, text, told):
    right = 'base_url = "https://a.example"' if "base_url" not in text else 'rerun = "append"'
    found = project(table(f"{right}\n{text}"))

    assert told in the_note(found)
    assert found.base_url == "https://a.example" or found.rerun == "append"


@pytest.mark.parametrize(
    "text", ["[tool.langtail_nb]\nrerun = 'append'", "[tool.langtail]\nrerun = 'append'"]
)
def test_a_table_under_a_near_name_is_noted(project, text):
    assert "did you mean [tool.langtail-nb]?" in the_note(project(text))


@pytest.mark.parametrize(
    "name", ["key", "api_key", "api-key", "apiKey", "LANGTAIL_API_KEY", "token", "password", "client_secret"]
)
@pytest.mark.parametrize("inside", ["", "prices."])
def test_a_key_is_refused_with_a_note_that_does_not_show_it(project, name, inside):
    note = the_note(project(table(f'{inside}{name} = "{SECRET}"')))

    assert f"'{name}' is refused" in note
    assert "set LANGTAIL_API_KEY or type %langtail login" in note
    assert SECRET not in note


@pytest.mark.parametrize("text", [f"unknown = '{SECRET}'", f"base_url = 'https://me:{SECRET}@a.example'"])
def test_what_may_be_a_secret_in_the_wrong_place_is_not_shown(project, text):
    assert SECRET not in the_note(project(table(text)))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (table("rerun = "), "is no TOML: Invalid value"),
        (table("rerun = 'fork'\nrerun = 'fork'"), "is no TOML: Cannot overwrite a value"),
        (table("x = " + "[" * 100_000), "is no TOML"),
        (table("x = " + "9" * 10_000), "is no TOML"),
        (table("# \xff").encode("latin-1"), "is no TOML"),
        (table("#" + "x" * 1_000_000), "is larger than 1,000,000 bytes"),
        ("[tool]\nlangtail-nb = 3", "langtail-nb must be a table"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_note_where_it_means_us(project, content, told):
    assert told in the_note(project(content))

    other = (
        content.replace(b"langtail-nb", b"other")
        if isinstance(content, bytes)
        else content.replace("langtail-nb", "other")
    )
    assert project(other).notes == ()


@pytest.mark.parametrize("text", ["", "tool = 3", "[project]\ndependencies = ['langtail-nb']", "\ufeff"])
def test_other_files_say_nothing(project, text):
    assert project(text).path is None


def test_many_faults_are_ten_notes_and_how_many_more(project):
    notes = project(table("\n".join(f"x{n} = 1" for n in range(25)))).notes

    assert len(notes) == 11
    assert notes[-1].endswith("15 more")


def test_a_folder_or_a_device_of_that_name_is_not_read(place):
    (place / "pyproject.toml").symlink_to("/dev/zero")
    assert project_settings.current().path is None
    (place / "pyproject.toml").unlink()
    (place / "pyproject.toml").mkdir()
    assert project_settings.current().path is None


@needs_root
@pytest.mark.parametrize("is_link", [False, True])
def test_a_file_of_another_user_is_noted_and_not_used(project, place, is_link):
    project(table(f'assistant = "{TARGET}"\nbase_url = "https://evil.example"'))
    path = place / "pyproject.toml"
    if is_link:
        path = path.rename(place / "theirs.toml")
        (place / "pyproject.toml").symlink_to(path)
    os.chown(path, 1000, 1000)
    path.write_text(path.read_text() + "\n")
    found = project_settings.current()

    assert "belongs to another user" in the_note(found)
    assert (found.assistant, found.base_url) == (None, None)


def test_a_deleted_working_directory_is_no_project(place, monkeypatch):
    gone = place / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    assert project_settings.current().path is None


def test_a_note_is_told_once(project):
    session = Session()
    project(table("temprature = 1"))

    assert len(session.project_notes()) == 1
    assert session.project_notes() == []


def test_where_no_assistant_is_set_the_note_says_why_not(project):
    project(table('assistant = "support"'))

    with pytest.raises(
        ConfigurationError, match=r"no assistant is set: .*assistant: target 'support' names no"
    ):
        Session().target()


@pytest.mark.parametrize(
    "url",
    ["https://evil.example", "https://api.langtail.com.evil.example", "https://api.langtail.com:444",
     "http://127.0.0.1:9", "https://API.LANGTAIL.COM.evil.example/v2"],
)  # fmt: skip
def test_the_key_of_the_environment_does_not_go_to_an_address_of_the_project(project, monkeypatch, url):
    """A clone's file is somebody else's: it may lead calls away, never a key."""
    monkeypatch.setenv("LANGTAIL_API_KEY", SECRET)
    project(table(f'base_url = "{url}"'))
    session = Session()

    assert session.base_url == url
    found = key_lookup.lookup(session.base_url)
    assert found is None or found.reveal() == "local"


def test_a_key_that_is_missing_for_an_address_of_the_project_names_the_file(project, place, monkeypatch):
    monkeypatch.setenv("LANGTAIL_API_KEY", SECRET)
    project(table('base_url = "https://evil.example"'))

    with pytest.raises(ConfigurationError, match=r"no key for https://evil\.example") as caught:
        Session().key()
    assert str(caught.value).endswith(f"the address stands in {place / 'pyproject.toml'}")


def test_a_key_that_was_stored_for_that_origin_goes_there(project, monkeypatch):
    monkeypatch.setenv("LANGTAIL_API_KEY", "another")
    project(table('base_url = "https://a.example/eu"'))
    key_lookup.store("https://a.example", SECRET)
    try:
        assert Session().key().reveal() == SECRET
    finally:
        key_lookup.forget("https://a.example")
