"""Where the bridge is met: the folders that platformdirs names, without platformdirs."""

import os
import socket
from pathlib import Path

import platformdirs
import pytest

from quarterturn.places import (
    cache_folder,
    data_folder,
    make_private,
    open_session_path,
    runtime_folder,
    socket_path,
)


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QUARTERTURN_HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("given", [None, "", "  ", "/somewhere/else"])
def test_the_data_folder_is_that_of_platformdirs(
    given: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if given is not None:
        monkeypatch.setenv("XDG_DATA_HOME", given)
    assert data_folder() == platformdirs.user_data_path("quarterturn", appauthor=False)


@pytest.mark.parametrize("given", [None, "", "/somewhere/else"])
def test_the_cache_folder_is_that_of_platformdirs(
    given: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if given is not None:
        monkeypatch.setenv("XDG_CACHE_HOME", given)
    assert cache_folder() == platformdirs.user_cache_path("quarterturn", appauthor=False)


def test_the_runtime_folder_is_that_of_platformdirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/4711")
    assert runtime_folder() == platformdirs.user_runtime_path("quarterturn", appauthor=False)


def test_everything_is_below_one_folder_where_the_user_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path))
    assert socket_path() == tmp_path / "run" / "bridge.sock"
    assert open_session_path() == tmp_path / "open-session.json"
    assert cache_folder() == tmp_path / "cache"


def test_a_path_that_no_socket_can_have_is_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path / ("x" * 100)))
    with pytest.raises(OSError, match="set QUARTERTURN_HOME or XDG_RUNTIME_DIR"):
        socket_path()


def test_the_longest_path_that_is_allowed_can_be_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = 103 - len(os.fsencode(tmp_path / "run" / "bridge.sock")) - 1
    home = tmp_path / ("x" * room)
    monkeypatch.setenv("QUARTERTURN_HOME", str(home))
    make_private(runtime_folder())
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(socket_path()))


def test_a_folder_that_others_could_enter_is_closed_to_them(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o755)
    make_private(folder)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_behind_a_link_is_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="belongs to somebody else"):
        make_private(tmp_path / "run")
