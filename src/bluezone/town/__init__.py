"""A virtual town: many phones, one radio, one clock; for rehearsal, demonstration and load."""

from bluezone.town.air import TX_POWER_LOW, Air, AirModel, Wall, room, stay, walk
from bluezone.town.desk import Desk
from bluezone.town.errors import TownError, VirtualTimeStalled
from bluezone.town.pace import FASTEST, PacedClock, run_paced
from bluezone.town.schedule import PEOPLE, STORY_HOURS, STORY_START, VIETNAM, Person, Stay, stays
from bluezone.town.serve import ServedController, serve_controller
from bluezone.town.story import Narrator, Said, Story
from bluezone.town.town import Resident, Town
from bluezone.town.virtualtime import VirtualTimeLoop, run_virtual

__all__ = [
    "FASTEST",
    "PEOPLE",
    "STORY_HOURS",
    "STORY_START",
    "TX_POWER_LOW",
    "VIETNAM",
    "Air",
    "AirModel",
    "Desk",
    "Narrator",
    "PacedClock",
    "Person",
    "Resident",
    "Said",
    "ServedController",
    "Stay",
    "Story",
    "Town",
    "TownError",
    "VirtualTimeLoop",
    "VirtualTimeStalled",
    "Wall",
    "room",
    "run_paced",
    "run_virtual",
    "serve_controller",
    "stay",
    "stays",
    "walk",
]
