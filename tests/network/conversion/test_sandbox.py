"""What binds a confined process even when the hook in Python is not there: the kernel's own layers, one by one."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from recastbook.exceptions import BadOption, NetworkError
from recastbook.network.conversion import Limits, convert_model

TRIALS = """
    import ctypes, json, os, signal, socket, sys, threading
    from pathlib import Path
    from recastbook.network.conversion.sandbox.confine import close_network, lock, set_limits

    folder, outside = Path(sys.argv[1]), Path(sys.argv[2])
    layers = close_network() + set_limits(memory=2 << 30, cpu=30, disk=1 << 20) + lock(folder)
    libc = ctypes.CDLL(None, use_errno=True)

    def connected():
        s = socket.socket(); s.connect(("127.0.0.1", int(sys.argv[3])))

    def threaded():
        t = threading.Thread(target=list); t.start(); t.join()

    trials = {
        "socket": connected,
        "unix socket": lambda: socket.socket(socket.AF_UNIX),
        "program": lambda: os.execv(sys.executable, [sys.executable, "-c", ""]),
        "fork": os.fork,
        "kill": lambda: os.kill(os.getppid(), 0),
        "write outside": lambda: (outside / "new").write_text("x"),
        "write over": lambda: (outside / "old").write_text("x"),
        "append in C": lambda: 1 / int(libc.open(str(outside / "old").encode(), os.O_WRONLY) < 0 or 0),
        "remove": lambda: (outside / "old").unlink(),
        "rename": lambda: (folder / "log").rename(outside / "log"),
        "link": lambda: (folder / "link").symlink_to(outside / "old"),
        "pipe": lambda: os.mkfifo(folder / "pipe"),
        "memory": lambda: bytearray(3 << 30),
        "raise a limit": lambda: __import__("resource").setrlimit(__import__("resource").RLIMIT_AS, (1 << 40, 1 << 40)),
        "long file": lambda: (folder / "long").write_bytes(bytes(2 << 20)),
        "write inside": lambda: (folder / "inside").write_text("x"),
        "thread": threaded,
        "read": lambda: (outside / "old").read_text(),
    }
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    (folder / "log").write_text("x")
    done = {}
    for name, trial in trials.items():
        try:
            trial()
            done[name] = "done"
        except BaseException as error:
            done[name] = type(error).__name__
    print(json.dumps([layers, done]))
"""
ALLOWED = {"write inside", "thread", "read", "append in C"}  # the last is done when C was refused, too


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], dict[str, str]]:
    import socket

    folder, outside = tmp_path_factory.mktemp("folder"), tmp_path_factory.mktemp("outside")
    (outside / "old").write_text("kept")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        said = subprocess.run(
            [sys.executable, "-P", "-c", textwrap.dedent(TRIALS), str(folder), str(outside), port],
            capture_output=True, text=True, check=True, cwd=folder, env={**os.environ, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
    assert (outside / "old").read_text() == "kept"
    layers, done = json.loads(said.stdout)
    return set(layers), done


NEEDS = {
    "socket": {"network namespace", "seccomp"}, "unix socket": {"seccomp"}, "program": {"seccomp", "landlock"},
    "fork": {"seccomp"}, "kill": {"seccomp"}, "memory": {"memory limit"}, "raise a limit": {"memory limit"},
    "long file": {"file limit"},
}  # fmt: skip


def test_each_layer_holds_what_it_promises(outcome: tuple[set[str], dict[str, str]]) -> None:
    layers, done = outcome
    if not layers:
        pytest.skip("this system has none of the layers")
    for name, result in done.items():
        bound = NEEDS.get(name, {"landlock"}) & layers
        if name in ALLOWED:
            assert result == "done", name
        elif bound:
            assert result != "done", f"{name} went through in spite of {bound}"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="these layers are Linux's")
def test_linux_has_the_limits_and_the_filter(outcome: tuple[set[str], dict[str, str]]) -> None:
    assert {"memory limit", "cpu limit", "file limit"} <= outcome[0]
    if os.uname().machine in ("x86_64", "aarch64"):
        assert "seccomp" in outcome[0]


class Says:
    def __init__(self, text: str) -> None:
        self.text = text

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return (int, (self.text,))


def test_foreign_words_do_not_move_the_cursor(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(Says("\x1b[2J\x07 hello")))
    with pytest.raises(NetworkError, match="ValueError") as caught:
        convert_model(path, trust=True, limits=Limits(memory_mib=2048, cpu_seconds=20, wall_seconds=60))
    assert "\x1b" not in str(caught.value)
    assert "\x07" not in str(caught.value)


@pytest.mark.parametrize("name", ["memory_mib", "cpu_seconds", "wall_seconds", "disk_mib"])
def test_limits_are_above_zero(name: str) -> None:
    with pytest.raises(BadOption, match=f"{name} is 0"):
        Limits(**{name: 0})
