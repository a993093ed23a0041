"""The phone's pages: what its owner sees, served to this machine alone."""

from bluezone.phone.pages.app import create_pages
from bluezone.phone.pages.server import PagesServer, serve_pages

__all__ = ["PagesServer", "create_pages", "serve_pages"]
