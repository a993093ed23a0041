"""Writing files that nobody else may read, and not over what is there."""

from __future__ import annotations

import os
from pathlib import Path

import click

from bluezone.cli.language import t

OWNER_ALONE = 0o600


def check_free(path: Path, *, force: bool) -> None:
    """Raises ClickException for a file that is there already, unless `force`; before anything else is done."""
    if path.exists() and not force:
        raise click.ClickException(
            t(
                f"Đã có tệp {path}; hãy chọn tên khác hoặc thêm --force để ghi đè.",
                f"There is a file {path} already; choose another name, or write over it with --force.",
            )
        )


def write_private(path: Path, data: bytes, *, force: bool) -> None:
    """Write a file whole or not at all, readable by its owner alone. Raises as `check_free` does."""
    check_free(path, force=force)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ALONE), "wb") as file:  # noqa: PTH123
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    try:
        if force:
            partial.replace(path)
        else:
            path.hardlink_to(partial)
    except FileExistsError:
        raise click.ClickException(
            t(f"Đã có tệp {path}; không ghi đè.", f"There is a file {path} already; it was not written over.")
        ) from None
    finally:
        partial.unlink(missing_ok=True)
