"""Put configs/ into the wheel, and only there.

An editable install reads the checkout's own configs/ (see quarterturn.configs); a copy made at
install time would silently grow old.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "standard":
            folders = ("workouts", "profiles", "treadmills", "schemas", "cues", "systemd", "voice")
            for folder in folders:
                build_data["force_include"][f"configs/{folder}"] = f"quarterturn/configs/{folder}"
