"""The ``langtail-nb`` command as a whole."""

import re
import signal
import socket
import subprocess
import sys

import pytest

from langtail_nb._cli.exit_code import EXIT_CODES, INTERRUPTED
from langtail_nb._cli.main import build_parser
from langtail_nb._environment import VARIABLES
from tests.servers import KEY, inherited


@pytest.mark.parametrize("columns", [60, 200])
def test_its_help_lists_every_variable_and_every_exit_code_within_the_width_of_the_terminal(
    monkeypatch, columns
):
    monkeypatch.setenv("COLUMNS", str(columns))
    help_ = build_parser().format_help()
    listed = re.findall(r"^  (\S+)  ", help_.partition("\nenvironment:\n")[2], re.MULTILINE)

    assert listed == [*VARIABLES, *map(str, EXIT_CODES)]
    assert max(map(len, help_.splitlines())) <= columns
    assert " ".join(VARIABLES["NO_PROXY"].split()) in " ".join(help_.split())


def test_wrong_usage_is_told_by_its_code():
    ran = subprocess.run([sys.executable, "-m", "langtail_nb", "nothing"], capture_output=True, text=True)

    assert ran.returncode == 2
    assert "invalid choice: 'nothing'" in ran.stderr


def test_a_command_that_is_stopped_ends_as_shells_expect(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        command = [sys.executable, "-m", "langtail_nb", "pull", "acme/help/support/production"]
        environment = {**inherited(), "LANGTAIL_BASE_URL": url, "LANGTAIL_API_KEY": KEY}
        with subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.PIPE) as pull:
            silent.settimeout(60)
            connection, _ = silent.accept()
            with connection:
                pull.send_signal(signal.SIGINT)
                assert pull.wait(60) == INTERRUPTED == 130
