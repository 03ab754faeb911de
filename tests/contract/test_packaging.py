"""One wheel of three roots: what it holds, and that it works where there is nothing else."""

import os
import subprocess
import sys
import tomllib
import venv
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from quarterturn import __version__
from quarterturn.configs import shipped_folder

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SHIPPED = ("workouts", "profiles", "treadmills", "schemas", "cues", "systemd", "voice")


def test_an_editable_install_reads_the_configs_of_the_checkout() -> None:
    if not (ROOT / "src" / "quarterturn").samefile(Path(sys.modules["quarterturn"].__path__[0])):
        pytest.skip("quarterturn is not installed from this checkout")
    assert shipped_folder() == ROOT / "configs"


def test_no_copy_of_the_configs_lies_in_the_package_of_a_checkout() -> None:
    # It would win over configs/ and silently grow old.
    assert not (ROOT / "src" / "quarterturn" / "configs").exists()


def test_everything_in_configs_ships() -> None:
    folders = {path.name for path in (ROOT / "configs").iterdir() if path.is_dir()}
    assert folders - {"__pycache__"} == set(SHIPPED)
    hook = (ROOT / "configs" / "hatch_build.py").read_text(encoding="utf-8")
    assert all(f'"{folder}"' in hook for folder in SHIPPED)


def test_five_libraries_are_needed_and_no_more() -> None:
    names = [requirement.split(">")[0] for requirement in PROJECT["project"]["dependencies"]]
    assert names == ["bleak", "h11", "platformdirs", "pydantic", "textual"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a wheel with the hatchling that is installed here; without one, leave it to CI."""
    pytest.importorskip("hatchling", reason="only CI builds wheels: hatchling is not installed")
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [path] = folder.glob("*.whl")
    return path


def test_the_wheel_holds_three_packages_and_the_configs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        [metadata] = [name for name in names if name.endswith(".dist-info/METADATA")]
        headers = message_from_bytes(archive.read(metadata))
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"quarterturn", "quarterturn_drivers", "quarterturn_simulator"}
    shipped = {
        f"quarterturn/configs/{path.relative_to(ROOT / 'configs').as_posix()}"
        for folder in SHIPPED
        for path in (ROOT / "configs" / folder).rglob("*")
        if path.is_file()
    }
    assert {name for name in names if name.startswith("quarterturn/configs/")} == shipped
    assert not [name for name in names if name.endswith("hatch_build.py") or "test" in name]
    assert headers["Version"] == __version__
    assert headers["Requires-Python"] == ">=3.11"


def test_the_wheel_rehearses_by_name_where_there_is_nothing_else(
    wheel: Path, tmp_path: Path
) -> None:
    # No pip and no registry: what the wheel needs is lent by this environment, all but itself.
    venv.create(tmp_path / "venv", with_pip=False)
    [site] = (tmp_path / "venv").glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    lent = Path(sys.modules["pydantic"].__path__[0]).parent
    (site / "lent.pth").write_text(f"{lent}\n", encoding="utf-8")
    empty = tmp_path / "empty"
    empty.mkdir()
    python = tmp_path / "venv" / "bin" / "python"

    def run(*arguments: str) -> str:
        command = [str(python), "-m", "quarterturn", *arguments]
        environment = {"PATH": os.defpath, "QUARTERTURN_HOME": str(tmp_path / "home")}
        return subprocess.run(
            command, cwd=empty, env=environment, check=True, capture_output=True, text=True
        ).stdout

    where = "import quarterturn.configs as c; print(c.shipped_folder())"
    printed = subprocess.run(
        [str(python), "-c", where], cwd=empty, check=True, capture_output=True, text=True
    ).stdout
    assert Path(printed.strip()) == site / "quarterturn" / "configs"
    assert '"reason":"completed"' in run("rehearse", "circle", "--json").splitlines()[-1]
    assert "Circle, profile home-beginner" in run("plan", "circle")
    assert "mph-target" in run("rehearse", "circle", "--list-quirks")
    assert "speed 2.0 km/h" in run("decode", "ftms", "2ACD", "0000c800")
    assert list(empty.iterdir()) == []
