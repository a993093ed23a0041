"""Vietnamese names: how they are cleaned and in which order lists show them."""

from __future__ import annotations

import unicodedata

_LETTERS = "0123456789aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANK = {letter: rank for rank, letter in enumerate(_LETTERS, start=0x10)}
_OTHER = 0x0F
_TONES = {"\u0300": 3, "\u0309": 4, "\u0303": 5, "\u0301": 6, "\u0323": 7}
"""Grave, hook, tilde, acute, dot below: huyền, hỏi, ngã, sắc, nặng; a syllable without any is 2."""
_END = 0x01
LONGEST_KEY = 500


def clean_name(text: str) -> str:
    """The text in NFC, with single spaces and without characters that cannot be seen."""
    shown = "".join(_shown(letter) for letter in text)
    return " ".join(unicodedata.normalize("NFC", shown).split())


def _shown(letter: str) -> str:
    category = unicodedata.category(letter)
    if category == "Cf":  # marks of format inside a word, as a soft hyphen
        return ""
    return " " if category[0] == "C" else letter


def sort_key(name: str) -> bytes:
    """By what a list of people is ordered: the given name, which comes last, then the others from the left.

    Syllable by syllable, letters in the order of the Vietnamese alphabet (a ă â b c d đ e ê …), then the tone.
    Byte strings compare alike in every database, whatever its locale.
    """
    words = clean_name(name).casefold().split()
    return b"".join(_syllable(word) for word in words[-1:] + words[:-1])[:LONGEST_KEY]


def _syllable(word: str) -> bytes:
    tone = 2
    letters: list[str] = []
    for letter in unicodedata.normalize("NFD", word):
        if letter in _TONES:
            tone = _TONES[letter]
        elif unicodedata.combining(letter) and letters:
            letters[-1] += letter
        else:
            letters.append(letter)
    ranks = (_RANK.get(unicodedata.normalize("NFC", letter), _OTHER) for letter in letters)
    return bytes((*ranks, _END, tone))
