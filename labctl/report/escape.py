"""Text from outside, made safe to show."""

import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def escape(text: str) -> str:
    """`text` on one line, with everything that a terminal would obey or hide written out."""
    return "".join(
        letter.encode("unicode_escape").decode() if unicodedata.category(letter) in _HIDDEN
        else letter
        for letter in text
    )  # fmt: skip
