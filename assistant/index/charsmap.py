"""A character map → the precompiled form in which a tokenizer file carries it.

SentencePiece models normalise text with a map from character to replacement, stored as a double
array trie (darts-clone's units) before the replacements. ``tokenizers`` reads that form
(``normalizers.Precompiled``) but offers no way to make it, and its ``Replace`` would scan each text
once for each of the map's 4,837 entries. So the array is laid out here.

Unit layout (darts-clone, ``include/darts.h``): bits 0–7 label, bit 8 has-leaf, bits 10–30 the XOR
offset to the node's children; a leaf's value has bit 31 set.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

_LEAF = 1 << 8
_VALUE = 1 << 31
_BLOCK = 256
_MAX_UNITS = 1 << 21  # what the 21 bits of a plain offset can reach


def precompiled_charsmap(replacements: Mapping[str, str]) -> bytes:
    """The map (each key one character, any replacement) in precompiled form.

    Raises :class:`ValueError` where a key is no single character or the map is too large.
    """
    texts, offsets = _replacement_table(replacements)
    children: list[dict[int, int]] = [{}]
    values: dict[int, int] = {}
    for char in sorted(replacements):
        if len(char) != 1:
            raise ValueError(f"{char!r} is not one character")
        node = 0
        for byte in char.encode():
            if byte not in children[node]:
                children[node][byte] = len(children)
                children.append({})
            node = children[node][byte]
        values[node] = offsets[replacements[char]]
    units = _lay_out(children, values)
    array = struct.pack(f"<{len(units)}I", *units)
    return struct.pack("<I", len(array)) + array + texts


def _replacement_table(replacements: Mapping[str, str]) -> tuple[bytes, dict[str, int]]:
    """The replacements, each ended by a zero byte, and where each begins."""
    table = bytearray()
    offsets: dict[str, int] = {}
    for text in sorted(set(replacements.values())):
        offsets[text] = len(table)
        table += text.encode() + b"\0"
    return bytes(table), offsets


def _lay_out(children: list[dict[int, int]], values: dict[int, int]) -> list[int]:
    """The trie as units. Every node has a block of 256 of its own, so that nothing can collide;
    700 inner nodes make 180,000 units, which is small beside the model."""
    units = [0] * _BLOCK
    place = {0: 0}
    for node, below in enumerate(children):  # a child's number is above its parent's
        here = place[node]
        if not below:
            block = len(units)
            units.append(values[node] | _VALUE)
            units[here] |= _LEAF | ((here ^ block) << 10)
            continue
        base = -(-len(units) // _BLOCK) * _BLOCK
        units.extend([0] * (base + _BLOCK - len(units)))
        if base >= _MAX_UNITS:
            raise ValueError("the map is too large for a double array of this kind")
        units[here] |= (here ^ base) << 10
        if node in values:
            units[here] |= _LEAF
            units[base] = values[node] | _VALUE
        for byte, child in below.items():
            place[child] = base ^ byte
            units[base ^ byte] |= byte
    return units
