"""The kernel of tier 1: HKDF with the SHA instructions, AES with the AES instructions, and the bitmaps, in one loop.

Importing this module imports numba and fixes the instructions for this processor; only `selftest` does so, after a look
at what the processor can. The intrinsics and the loop share a file because numba's cache notices changes of one file.
Sources: FIPS 180-4 (SHA-256), FIPS 197 (AES), RFC 5869 (HKDF), Intel's "SHA Extensions" and "AES-NI" white papers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from bluezone.matching.processor import instructions

_I8, _I32, _I64 = ir.IntType(8), ir.IntType(32), ir.IntType(64)
_BYTES = ir.VectorType(_I8, 16)
_WORDS = ir.VectorType(_I32, 4)
_HALVES = ir.VectorType(_I64, 2)

# FIPS 180-4, 4.2.2 and 5.3.3.
_ROUND_CONSTANTS = bytes.fromhex(
    "428a2f9871374491b5c0fbcfe9b5dba53956c25b59f111f1923f82a4ab1c5ed5d807aa9812835b01243185be550c7dc3"
    "72be5d7480deb1fe9bdc06a7c19bf174e49b69c1efbe47860fc19dc6240ca1cc2de92c6f4a7484aa5cb0a9dc76f988da"
    "983e5152a831c66db00327c8bf597fc7c6e00bf3d5a7914706ca63511429296727b70a852e1b21384d2c6dfc53380d13"
    "650a7354766a0abb81c2c92e92722c85a2bfe8a1a81a664bc24b8b70c76c51a3d192e819d6990624f40e3585106aa070"
    "19a4c1161e376c082748774c34b0bcb5391c0cb34ed8aa4a5b9cca4f682e6ff3748f82ee78a5636f84c878148cc70208"
    "90befffaa4506cebbef9a3f7c67178f2"
)
_INITIAL = bytes.fromhex("6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19")
# The states after the first block of HMAC-SHA256 with HKDF's empty salt: 64 bytes of 0x36 and of 0x5c.
_EMPTY_SALT_INNER = bytes.fromhex("f454dead9725214f90daf2a0df1228ea64e5750fa3924181824a932bf8e04e32")
_EMPTY_SALT_OUTER = bytes.fromhex("d385480f7abb647737c9c5385dd824678e043a72753434b0deb82818361d45a6")

_PREFIX = b"EN-RPI\0\0\0\0\0\0"
_BLOCKS = 144

# How many blocks one AES instruction takes (VAES: four with AVX-512, two with AVX), and how many instructions are under
# way at a time to hide their latency.
_CAN = instructions()
_WIDTH = 4 if {"vaes", "avx512f"} <= _CAN else 2 if {"vaes", "avx"} <= _CAN else 1
_UNDER_WAY = 4 if _WIDTH == 4 else 8
_GROUP = _WIDTH * _UNDER_WAY

_TOGETHER = 16  # keys whose identifiers, 36 kB, wait in the first-level cache for the later bitmaps; even

Value = Any  # llvmlite ships no types
_function: Any = cgutils.get_or_insert_function
State = tuple[Value, Value]


def _constant(values: bytes, order: str = "big") -> Value:
    """A constant vector of 32-bit words."""
    words = [int.from_bytes(values[at : at + 4], order) for at in range(0, len(values), 4)]  # type: ignore[arg-type]
    return ir.Constant(ir.VectorType(_I32, len(words)), words)


def _sha_state(digest: bytes) -> State:
    """The eight words of a state as the SHA instructions hold them: F E B A and H G D C."""
    a, b, c, d, e, f, g, h = (digest[at : at + 4] for at in range(0, 32, 4))
    return _constant(f + e + b + a), _constant(h + g + d + c)


def _ending(count: int, constant: bytes = b"") -> list[Value]:
    """The vectors that end a hashed text of `count` bytes, the last of them `constant`: end mark, zeros, length."""
    data = constant + b"\x80" + bytes(-(count + 9) % 64) + (8 * count).to_bytes(8, "big")
    return [_constant(data[at : at + 16]) for at in range(0, len(data), 16)]


class _Emitter:
    """Writes the instructions of one function; several keys go abreast to hide the latency of each."""

    def __init__(self, builder: Value) -> None:
        self.builder = builder

    def call(self, name: str, *arguments: Value, returns: Value) -> Value:
        kind = ir.FunctionType(returns, [argument.type for argument in arguments])
        return self.builder.call(_function(self.builder.module, kind, name), arguments)

    def shuffle(self, first: Value, second: Value, *lanes: int) -> Value:
        return self.builder.shuffle_vector(first, second, ir.Constant(ir.VectorType(_I32, len(lanes)), list(lanes)))

    def spread(self, scalar: Value, count: int) -> Value:
        vector = ir.VectorType(_I32, count)
        single = self.builder.insert_element(ir.Constant(vector, ir.Undefined), scalar, ir.Constant(_I32, 0))
        return self.shuffle(single, single, *[0] * count)

    def load(self, address: Value) -> Value:
        return self.builder.load(self.builder.inttoptr(address, _WORDS.as_pointer()), align=1)

    def store(self, value: Value, address: Value, offset: int = 0) -> None:
        address = self.builder.add(address, ir.Constant(_I64, offset))
        self.builder.store(value, self.builder.inttoptr(address, value.type.as_pointer()), align=1)

    def swapped(self, words: Value) -> Value:
        """Each word's bytes in the other order."""
        data = self.builder.bitcast(words, _BYTES)
        lanes = [word + 3 - at for word in range(0, 16, 4) for at in range(4)]
        return self.builder.bitcast(self.shuffle(data, data, *lanes), _WORDS)

    def compress(self, states: Sequence[State], messages: Sequence[Sequence[Value]]) -> list[State]:
        """One SHA-256 block for each state; a message is four vectors of big-endian words."""
        add = self.builder.add
        first, second = [state[0] for state in states], [state[1] for state in states]
        schedules = [list(message) for message in messages]
        for at in range(16):
            constants = _constant(_ROUND_CONSTANTS[16 * at : 16 * at + 16])
            for lane, words in enumerate(schedules):
                if at >= 4:
                    mixed = self.call("llvm.x86.sha256msg1", words[at - 4], words[at - 3], returns=_WORDS)
                    mixed = add(mixed, self.shuffle(words[at - 2], words[at - 1], 1, 2, 3, 4))
                    words.append(self.call("llvm.x86.sha256msg2", mixed, words[at - 1], returns=_WORDS))
                keyed = add(words[at], constants)
                rounds = "llvm.x86.sha256rnds2"
                second[lane] = self.call(rounds, second[lane], first[lane], keyed, returns=_WORDS)
                upper = self.shuffle(keyed, keyed, 2, 3, 0, 0)
                first[lane] = self.call(rounds, first[lane], second[lane], upper, returns=_WORDS)
        return [(add(new, old[0]), add(other, old[1])) for new, other, old in zip(first, second, states, strict=True)]

    def digest(self, state: State) -> list[Value]:
        """The digest's eight words in order, as two vectors."""
        return [self.shuffle(*state, 3, 2, 7, 6), self.shuffle(*state, 1, 0, 5, 4)]

    def identifier_keys(self, keys: Sequence[Value]) -> list[Value]:
        """HKDF-SHA256 of daily keys: no salt, info "EN-RPIK", 16 bytes (six blocks of SHA-256 each)."""

        def every(state: bytes) -> list[State]:
            return [_sha_state(state)] * len(keys)

        def finished(states: list[State], digests: list[State]) -> list[State]:
            return self.compress(states, [[*self.digest(state), *_ending(64 + 32)] for state in digests])

        extracting = self.compress(every(_EMPTY_SALT_INNER), [[self.swapped(key), *_ending(64 + 16)] for key in keys])
        extracted = [self.digest(state) for state in finished(every(_EMPTY_SALT_OUTER), extracting)]

        def keyed(pad: int) -> list[State]:
            filler = _constant(bytes([pad]) * 16)
            masked = [[self.builder.xor(half, filler) for half in halves] for halves in extracted]
            return self.compress(every(_INITIAL), [[*halves, filler, filler] for halves in masked])

        info = b"EN-RPIK\x01"
        expanding = self.compress(keyed(0x36), [_ending(64 + len(info), info)] * len(keys))
        return [self.swapped(self.digest(state)[0]) for state in finished(keyed(0x5C), expanding)]

    def round_keys(self, key: Value) -> list[Value]:
        """The eleven round keys of AES-128."""
        keys, zero, xor = [key], _constant(bytes(16)), self.builder.xor
        for constant in (1, 2, 4, 8, 16, 32, 64, 128, 27, 54):
            halves = self.builder.bitcast(key, _HALVES)
            helped = self.call("llvm.x86.aesni.aeskeygenassist", halves, ir.Constant(_I8, constant), returns=_HALVES)
            words = self.builder.bitcast(helped, _WORDS)
            # Each word takes up all words before it: first its neighbour, then what that had taken up.
            key = xor(key, self.shuffle(zero, key, 0, 4, 5, 6))
            key = xor(key, self.shuffle(zero, key, 0, 0, 4, 5))
            key = xor(key, self.shuffle(words, words, 3, 3, 3, 3))
            keys.append(key)
        return keys

    def identifiers(self, key: Value, start: Value, groups: Value, out: Value) -> None:
        """`groups` times `_GROUP` identifiers from interval `start` on, stored from the address `out`."""
        build = self.builder
        wide, lanes = ir.VectorType(_I64, 2 * _WIDTH), 4 * _WIDTH
        suffix = {1: "", 2: ".256", 4: ".512"}[_WIDTH]
        keys = [build.bitcast(self.shuffle(each, each, *[0, 1, 2, 3] * _WIDTH), wide) for each in self.round_keys(key)]
        fixed = _constant((_PREFIX + bytes(4)) * _WIDTH, "little")
        last_words = _constant((bytes(12) + b"\xff" * 4) * _WIDTH, "little")
        starts = self.spread(start, lanes)
        with cgutils.for_range(build, groups) as loop:
            done = build.mul(build.trunc(loop.index, _I32), ir.Constant(_I32, _GROUP))
            intervals = build.add(starts, self.spread(done, lanes))
            blocks = []
            for at in range(0, _GROUP, _WIDTH):
                offsets = ir.Constant(ir.VectorType(_I32, lanes), [at + lane // 4 for lane in range(lanes)])
                plain = build.or_(build.and_(build.add(intervals, offsets), last_words), fixed)
                blocks.append(build.xor(build.bitcast(plain, wide), keys[0]))
            for each in keys[1:10]:
                blocks = [self.call(f"llvm.x86.aesni.aesenc{suffix}", block, each, returns=wide) for block in blocks]
            address = build.add(out, build.mul(loop.index, ir.Constant(_I64, 16 * _GROUP)))
            for at, block in enumerate(blocks):
                last = self.call(f"llvm.x86.aesni.aesenclast{suffix}", block, keys[10], returns=wide)
                self.store(last, address, 16 * _WIDTH * at)


def _type_derive_pair(_context: Any, _first: Any, _second: Any, _out: Any) -> tuple[Any, Callable[..., Any]]:
    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        emit = _Emitter(builder)
        for at, key in enumerate(emit.identifier_keys([emit.load(address) for address in arguments[:2]])):
            emit.store(key, arguments[2], 16 * at)
        return context.get_dummy_value()

    return types.void(types.uintp, types.uintp, types.uintp), generate


def _type_encrypt(_context: Any, _key: Any, _start: Any, _groups: Any, _out: Any) -> tuple[Any, Callable[..., Any]]:
    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        key, start, groups, out = arguments
        emit = _Emitter(builder)
        emit.identifiers(emit.load(key), start, groups, out)
        return context.get_dummy_value()

    return types.void(types.uintp, types.uint32, types.uint64, types.uintp), generate


# `_derive_pair(first, second, out)` writes the identifier keys of the daily keys at two addresses to a third, 32 bytes;
# `_encrypt(key, start, groups, out)` writes identifiers under the identifier key at an address to another.
_derive_pair: Any = intrinsic(_type_derive_pair)
_encrypt: Any = intrinsic(_type_encrypt)


def _kernel(
    keys: Any, starts: Any, periods: Any, begin: Any, coarse: Any, fine: Any, rows: Any, slots: Any, low: Any, high: Any
) -> tuple[int, int]:
    """Candidates of the keys from `begin` on, written to the last four arrays.

    Returns the first key not yet looked at (it stops before the arrays could overflow) and the number of candidates.
    """
    identifier_keys = np.empty(32, np.uint8)
    halves = np.empty(2 * _BLOCKS * _TOGETHER, np.uint64)
    passing = np.empty(_BLOCKS * _TOGETHER + 1, np.uint64)
    keys_at, identifier_keys_at, halves_at = keys.ctypes.data, identifier_keys.ctypes.data, halves.ctypes.data
    coarse_mask, fine_mask = np.uint64(coarse.size * 8 - 1), np.uint64(fine.size * 8 - 1)
    zero, one, two = np.uint64(0), np.uint64(1), np.uint64(2)
    three, seven, half = np.uint64(3), np.uint64(7), np.uint64(32)
    count = 0
    at = begin
    while at < len(keys) and count + _BLOCKS * _TOGETHER <= len(rows):
        # Which identifiers pass cannot be foretold, so nothing branches on it until the last bitmap, and the lists of
        # those that passed are worked off once for several keys: a wrong guess stalls the other keys' instructions.
        end = min(at + _TOGETHER, len(keys))
        first = zero
        for pair in range(at, end, 2):
            other = min(pair + 1, end - 1)
            _derive_pair(np.uint64(keys_at + 16 * pair), np.uint64(keys_at + 16 * other), np.uint64(identifier_keys_at))
            for row in range(pair, other + 1):
                period = np.uint64(periods[row])
                begins = np.uint64(_BLOCKS * (row - at))
                key_at = np.uint64(identifier_keys_at + 16 * (row - pair))
                groups = np.uint64((period + np.uint64(_GROUP - 1)) // np.uint64(_GROUP))
                _encrypt(key_at, starts[row], groups, np.uint64(halves_at) + np.uint64(16) * begins)
                for place in range(begins, begins + period):
                    index = halves[two * place] & coarse_mask
                    passing[first] = place
                    first += (np.uint64(coarse[index >> three]) >> (index & seven)) & one
        second = zero
        for each in range(first):
            place = passing[each]
            index = (halves[two * place] >> half) & coarse_mask
            passing[second] = place
            second += (np.uint64(coarse[index >> three]) >> (index & seven)) & one
        for each in range(second):
            place = passing[each]
            index = halves[two * place + one] & fine_mask
            if (np.uint64(fine[index >> three]) >> (index & seven)) & one:
                rows[count], slots[count] = at + np.int64(place) // _BLOCKS, np.int64(place) % _BLOCKS
                low[count], high[count] = halves[two * place], halves[two * place + one]
                count += 1
        at = end
    return at, count


def compiled() -> Any:
    """The kernel, compiled on its first call and kept for later processes in a folder of this user where one can be."""
    try:
        return numba.njit(nogil=True, cache=True)(_kernel)
    except RuntimeError:  # neither this folder nor the user's cache folder can be written
        return numba.njit(nogil=True)(_kernel)
