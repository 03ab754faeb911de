"""The fields of a characteristic in their order: read as far as they are whole, and written."""


class FieldReader:
    """Take unsigned little-endian fields from a value, from the front.

    A field of which an octet is missing is cut, and so is everything behind it; ``truncated`` says
    that this has happened.
    """

    def __init__(self, value: bytes) -> None:
        self._left = bytes(value)
        self.truncated = False

    def take(self, octets: int) -> int | None:
        """Return the next field, None where the value ended within it."""
        if len(self._left) < octets or self.truncated:
            self.truncated = True
            return None
        field, self._left = self._left[:octets], self._left[octets:]
        return int.from_bytes(field, "little")

    def take_all(self, octets: int) -> tuple[int, ...]:
        """Return what is left as fields of one width; at least one is promised."""
        fields: list[int] = []
        while (field := self.take(octets)) is not None:
            fields.append(field)
            if not self._left:
                break
        return tuple(fields)

    @property
    def trailing(self) -> bytes:
        """The octets that no field accounts for; none of a cut value."""
        return b"" if self.truncated else self._left


def field(number: int, octets: int, what: str) -> bytes:
    """Write one unsigned little-endian field.

    Raises:
        ValueError: when the number does not fit; the message says ``what`` it is.

    """
    if not 0 <= number < 1 << 8 * octets:
        raise ValueError(f"the {what} {number} does not fit into {octets} octets")
    return number.to_bytes(octets, "little")
