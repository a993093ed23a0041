"""A server inside a command ends quietly when it is told to."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_a_server_that_is_told_to_stop_ends_with_exit_0_and_not_a_word(told: signal.Signals, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "bluezone", "--lang", "en", "serve", "--data", "data", "--port", str(port)]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as server:
        assert server.stdout is not None
        said = [server.stdout.readline() for _ in range(3)]
        server.send_signal(told)
        _, complaints = server.communicate(timeout=60)
    assert f"http://127.0.0.1:{port}" in said[0]
    assert (server.returncode, complaints) == (0, "")
