"""The examples of the protocol page are true."""

from __future__ import annotations

import re
from pathlib import Path


def test_examples_of_the_protocol_page_run(root: Path) -> None:
    page = (root / "docs" / "protocol.md").read_text("utf-8")
    examples = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(examples) == 5
    exec("".join(examples), {})
