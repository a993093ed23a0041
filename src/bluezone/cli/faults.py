"""What the command line says of a fault in the reader's language: one or two sentences and the stable code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from bluezone.cli.language import language


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a code says in Vietnamese; `detailed` where the English message names something that the reader needs."""

    text: str
    detailed: bool


@cache
def vietnamese() -> Mapping[str, Sentence]:
    """The sentence of every stable error code; read from its file only once something went wrong."""
    import tomllib

    lists = tomllib.loads(Path(__file__).with_name("errors_vi.toml").read_text("utf-8"))
    return MappingProxyType(
        {code: Sentence(text, name == "detailed") for name, texts in lists.items() for code, text in texts.items()}
    )


def told(message: str, *codes: str) -> str:
    """A fault as the reader is told it; `message` is its English sentence, `codes` its code after more exact ones.

    In Vietnamese the first code that has a sentence speaks; without any, as from a newer server, the message does.
    """
    if language() == "vi":
        for code in codes:
            if sentence := vietnamese().get(code):
                detail = f" ({message.rstrip('.')})" if sentence.detailed and message else ""
                return f"{sentence.text}{detail} [{code}]"
    return f"{message} [{codes[-1]}]"
