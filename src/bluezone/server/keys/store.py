"""The folder or bucket in which archive files lie, through fsspec."""

from __future__ import annotations

import errno
import os
from pathlib import Path, PurePosixPath

import fsspec
import fsspec.implementations.local

from bluezone.server.errors import ServerError, StorageFull

_PARTIAL = ".partial-"


class ArchiveStoreUnavailable(ServerError):
    """The archive store cannot be reached; archives are built when it is back."""

    code = "archive_store_unavailable"
    status = 503


class ArchiveStore:
    """Files by name; a name never stands for anything but a whole file. Calls block: run them in a thread."""

    def __init__(self, url: str) -> None:
        self._fs, root = fsspec.core.url_to_fs(url, skip_instance_cache=True)
        self._root = PurePosixPath(root)
        self._local = isinstance(self._fs, fsspec.implementations.local.LocalFileSystem)

    def put(self, name: str, data: bytes) -> None:
        """Write a file, on disk when this returns; raises StorageFull or ArchiveStoreUnavailable."""
        try:
            if self._local:
                self._put_local(name, data)
            else:
                self._fs.pipe_file(str(self._root / name), data)  # object stores show whole objects only
        except Exception as error:  # object stores' clients have errors of their own
            raise _trouble(error) from error

    def read(self, name: str, start: int, stop: int) -> bytes:
        """Bytes `start` to `stop` (not included) of a file; raises ArchiveStoreUnavailable."""
        try:
            data: bytes = self._fs.cat_file(str(self._root / name), start=start, end=stop)
        except Exception as error:  # object stores' clients have errors of their own
            raise _trouble(error) from error
        return data

    def names(self) -> set[str]:
        """The names of all files, unfinished ones too; raises ArchiveStoreUnavailable."""
        try:
            self._fs.invalidate_cache()
            return {PurePosixPath(path).name for path in self._fs.ls(str(self._root), detail=False)}
        except FileNotFoundError:
            return set()
        except Exception as error:  # object stores' clients have errors of their own
            raise _trouble(error) from error

    def delete(self, name: str) -> None:
        """Remove a file if it is there; raises ArchiveStoreUnavailable."""
        try:
            self._fs.rm_file(str(self._root / name))
        except FileNotFoundError:
            return
        except Exception as error:  # object stores' clients have errors of their own
            raise _trouble(error) from error

    def _put_local(self, name: str, data: bytes) -> None:
        folder = Path(self._root)
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f"{_PARTIAL}{name}"
        try:
            with partial.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(folder / name)
        except OSError:
            partial.unlink(missing_ok=True)
            raise
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def is_of(name: str, prefix: str) -> bool:
    """Whether a file, finished or not, has a name with this prefix."""
    return name.removeprefix(_PARTIAL).startswith(prefix)


def _trouble(error: Exception) -> ServerError:
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return StorageFull("The disk under the archives is full; archives are built when there is room again.")
    return ArchiveStoreUnavailable("The archive store cannot be read or written; archives are built when it is back.")
