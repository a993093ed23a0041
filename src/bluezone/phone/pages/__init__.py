"""The phone's pages: what its owner sees, served to this machine alone."""

from bluezone.phone.pages.app import create_pages
from bluezone.phone.pages.door import Door
from bluezone.phone.pages.server import PagesServer, serve_pages
from bluezone.phone.pages.static import StaticFiles, send_file

__all__ = ["Door", "PagesServer", "StaticFiles", "create_pages", "send_file", "serve_pages"]
