"""The part of the core that waits: the runtime around a session, and its journal."""
