"""What the port refuses to do; what KRA refuses is an Answer, not an error."""


class KraError(Exception):
    """Base of every error of the port; its text is a sentence for people."""


class PayloadError(KraError):
    """A document cannot be told to KRA as it is; nothing was sent and no number is needed."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field          # in the words of our forms, for example "buyer name"
        self.sentence = sentence


class NotOffered(KraError):
    """This transport does not have the operation (a VSCU cannot look up a sale)."""


class WrongEnvironment(KraError):
    """The address belongs to another environment than the deployment's (RELIABILITY §10)."""
