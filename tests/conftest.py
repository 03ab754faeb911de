"""What every test shares: virtual time for async tests, and no deadlines on a busy machine."""

import asyncio
import os
from collections.abc import Callable, Mapping

import pytest
from hypothesis import HealthCheck, settings

from quarterturn_simulator.clock import VirtualTimeLoop

# Tests are never timed: a loaded machine must not fail one.
settings.register_profile(
    "quarterturn", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("quarterturn")


def pytest_configure(config: pytest.Config) -> None:
    # Nobody wants to hear the tests, and none is to depend on what the computer can play.
    os.environ["QUARTERTURN_SOUND"] = "off"
    config.addinivalue_line(
        "markers", "exhaustive: one rule in every case there is; CI runs them on one Python"
    )
    config.addinivalue_line(
        "markers", "on_demand: cases that others nearly cover; the README runs them, CI does not"
    )
    config.addinivalue_line("markers", "browser: needs a Chromium, and is skipped where none is")
    config.addinivalue_line(
        "markers", "real_time: run this async test on an ordinary event loop (child processes, TUI)"
    )


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    if item.get_closest_marker("real_time"):
        return {"real": asyncio.new_event_loop}
    return {"virtual": VirtualTimeLoop}
