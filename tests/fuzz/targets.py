"""All targets by name."""

from fuzz import files, kept, lines, protocol, sockets, wire
from fuzz.target import Targets

TARGETS: Targets = {
    **wire.TARGETS,
    **lines.TARGETS,
    **protocol.TARGETS,
    **sockets.TARGETS,
    **files.TARGETS,
    **kept.TARGETS,
}
