"""What tests of places share: a school on record, a landmark of a case, and the files that phones fetch."""

from __future__ import annotations

from datetime import date

from bluezone.protocol import VerificationKey
from bluezone.protocol.notices import verify_notices
from bluezone.protocol.place import PlaceKind
from bluezone.server.casework.cases import CaseData, LandmarkData, add_landmark, report_case
from bluezone.server.casework.people import PersonData, add_person
from bluezone.server.jobs import acquire
from bluezone.server.places import notices, register
from bluezone.server.places.notices import NoticeData
from bluezone.server.places.register import PlaceData

UNIT = "11950"
NEIGHBOUR = "12280"
SCHOOL = PlaceData(
    name="Trường THPT Hưng Yên",
    unit=UNIT,
    kind=PlaceKind.SCHOOL,
    address="Quang Trung, TP Hưng Yên",
    stay_minutes=240,
    valid_until=date(2020, 12, 31),
)


def add(core, places, account, data=SCHOOL):
    place = core.database.write_now(lambda c: register.add_place(places.ground, c, account, data))
    return look(core, account, place)


def look(core, account, place):
    return core.database.read_now(lambda c: register.read_place(c, account, place))


def change(core, places, account, place, version, data):
    return core.database.write_now(lambda c: register.change_place(places.ground, c, account, place, version, data))


def plant_landmark(core, places, account, *, place="Trường THPT Hưng Yên", hours=2, ago=3, name="Trần Văn Bình"):
    """A case's landmark of some hours, which began `ago` hours ago."""
    now = int(core.clock.now())

    def write(connection):
        ground = places.ground
        person = add_person(ground, connection, "323", PersonData(name=name, unit=UNIT))
        case, _ = report_case(ground, connection, account, person, CaseData("confirmed", onset=ground.today()))
        begin = now - ago * 3600
        return add_landmark(ground, connection, account, case, LandmarkData(place, begin, begin + hours * 3600))

    return core.database.write_now(write)


def warn(core, places, account, landmark, place, **changed):
    """Warn for the landmark's hours, or for what is given instead."""
    now = int(core.clock.now())
    data = {
        "place": place,
        "zone": None,
        "from_at": now - 3 * 3600,
        "to_at": now - 3600,
        "owner_name": "Trần Thị Bàn",
        "owner_phone": "0912 345 678",
    }
    made = NoticeData(**(data | changed))
    return core.database.write_now(lambda c: notices.make_notice(places.ground, c, account, landmark, made))


def publish(core, places):
    """Let the next window end and publish; the values of the newest file."""
    core.clock.set((core.clock.now() // 7200 + 1) * 7200 + 60)
    job = places.jobs()[0]
    lease = core.database.write_now(
        lambda c: acquire(c, job, "test", now=core.clock.now(), seconds=60, even_if_not_due=True)
    )
    name = core.database.write_now(lambda c: notices.build_file(places.ground, c, lease, places.signer))
    return None if name is None else values_of(core, places, name)


def values_of(core, places, name):
    file = core.database.read_now(lambda c: notices.read_file(c, name))
    signer = places.signer
    keys = [VerificationKey(signer.private_key.public_key(), signer.key_id, signer.key_version)]
    return verify_notices(file.body, keys).values
