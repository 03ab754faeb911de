"""The full-screen display: a client of the bridge that owns no time and no rule."""
