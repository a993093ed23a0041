"""What the processor can do, as far as numba will use it."""

from __future__ import annotations

REQUIRED = frozenset({"aes", "sha", "sse4.1", "ssse3"})
"""LLVM's names of what the compiled kernel cannot do without."""


def instructions() -> frozenset[str]:
    """The x86 instruction sets that numba compiles for here, in LLVM's names; empty on other processors.

    Not simply the processor's own: NUMBA_CPU_NAME and NUMBA_CPU_FEATURES narrow them, and an instruction that numba's
    target lacks makes LLVM end the process. Raises ImportError when numba is not installed.
    """
    from numba.core.registry import cpu_target

    triple, _, features = cpu_target.target_context.codegen().magic_tuple()
    if not triple.startswith("x86_64"):
        return frozenset()
    return frozenset(name[1:] for name in features.split(",") if name.startswith("+"))
