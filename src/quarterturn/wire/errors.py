"""The one error that bytes from a peer can cause."""


class WireError(Exception):
    """The peer broke its protocol: these bytes cannot be read as what they claim to be."""
