"""Files of the user's that a command writes."""

import os
import resource

import pytest

from langtail_nb._errors import ConfigurationError
from langtail_nb._magic.commands.new_file import write_new


def test_a_text_is_written_with_whole_characters_and_never_over_another(tmp_path):
    path = write_new(str(tmp_path / "thread.md"), "half \ud83d of it")

    assert path.read_text(encoding="utf-8") == "half � of it"
    with pytest.raises(ConfigurationError, match="is there already; choose another name"):
        write_new(str(path), "more")
    assert path.read_text(encoding="utf-8") == "half � of it"


@pytest.mark.parametrize("name", ["a\0b", "~a\0b", "x" * 300, "half \ud83d", "no/such/folder", "."])
def test_a_name_that_no_file_can_have_is_one_clear_line(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ConfigurationError, match=r"^(cannot write .*|\. is there already.*)"):
        write_new(name, "text")
    assert os.listdir(tmp_path) == []


def test_what_the_disk_does_not_take_leaves_no_file_in_the_way(tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(ConfigurationError, match=r"cannot write .*: File too large"):
            write_new(str(tmp_path / "thread.md"), "x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert os.listdir(tmp_path) == []
