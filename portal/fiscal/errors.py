"""What the fiscal core says when it refuses."""


class FiscalError(Exception):
    """A refusal with one sentence that may be shown to a person; it never repeats what was typed."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
