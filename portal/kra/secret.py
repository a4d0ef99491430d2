"""A text that must not be printed, pickled, copied into JSON or compared by accident."""

from typing import NoReturn, Protocol


class Revealing(Protocol):
    """Anything that holds a secret and gives it out on demand only."""

    def reveal(self) -> str: ...


class Secret:
    """A secret text: it prints as ***, and only reveal() gives it out."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself, for the one place that sends or encrypts it."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, specification: str) -> str:
        return "***"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A secret cannot be pickled or copied.")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)
