import shutil
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from quarterturn import configs


def as_installed(folder: Path) -> ModuleType:
    """Load a copy of the module from another place, as a wheel would have it."""
    package = folder / "src" / "quarterturn"
    package.mkdir(parents=True)
    copy = shutil.copy(Path(configs.__file__), package)
    spec = spec_from_file_location("copied_configs", copy)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_checkout_has_its_configs_beside_src(tmp_path: Path) -> None:
    module = as_installed(tmp_path)
    (tmp_path / "configs" / "workouts").mkdir(parents=True)
    assert module.shipped_folder() == tmp_path / "configs"


def test_a_wheel_has_its_configs_inside_the_package(tmp_path: Path) -> None:
    module = as_installed(tmp_path)
    (tmp_path / "configs" / "workouts").mkdir(parents=True)
    (tmp_path / "src" / "quarterturn" / "configs" / "workouts").mkdir(parents=True)
    assert module.shipped_folder() == tmp_path / "src" / "quarterturn" / "configs"


def test_an_installation_without_configs_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="install it again"):
        as_installed(tmp_path).shipped_folder()


def test_the_user_may_put_the_own_folder_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTERTURN_HOME", "/somewhere/else")
    assert configs.user_folder() == Path("/somewhere/else")


@pytest.mark.skipif(sys.platform != "linux", reason="the place differs on each platform")
def test_the_own_folder_is_the_configuration_folder_of_the_platform(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("QUARTERTURN_HOME", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", "/home/me/.config")
    assert configs.user_folder() == Path("/home/me/.config/quarterturn")


def test_names_are_paths_below_the_folder_without_the_ending(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("b/c.toml", "a.toml", "readme.md"):
        (tmp_path / name).touch()
    assert configs.names_in(tmp_path) == {"a": tmp_path / "a.toml", "b/c": tmp_path / "b/c.toml"}
    assert configs.names_in(tmp_path / "none") == {}
