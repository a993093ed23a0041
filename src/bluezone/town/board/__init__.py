"""The town board: six phones to drag on a plan, their real pages beside it, and a clock that can be hurried."""

from bluezone.town.board.app import create_board
from bluezone.town.board.board import Board
from bluezone.town.board.casework import Casework, Officer
from bluezone.town.board.ledger import ArchiveSchedule, Ledger
from bluezone.town.board.plan import SPOTS, WALLS

__all__ = ["SPOTS", "WALLS", "ArchiveSchedule", "Board", "Casework", "Ledger", "Officer", "create_board"]
