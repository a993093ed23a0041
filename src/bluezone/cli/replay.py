"""`bluezone replay`: a Bluetooth recording through a whole phone, with counts, identifiers, windows and minutes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bluezone.cli.language import t

if TYPE_CHECKING:
    from bluezone.radio import Recording

WINDOW_SECONDS = 60.0
"""The phone listens without a pause, a minute at a time, so that nothing recorded is missed."""


@click.command(
    help=t(
        "Cho bản ghi (CSV, SQLite, btsnoop) chạy qua một điện thoại.",
        "Run a recording (CSV, SQLite, btsnoop) through one phone.",
    )
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--receiver",
    type=int,
    help=t("Máy nghe nào, nếu bản ghi có nhiều máy.", "Whose hearing, if the recording has several."),
)
@click.option(
    "--profile", default="bluezone", show_default=True, help=t("Bộ quy tắc tính nguy cơ.", "The risk profile.")
)
@click.option(
    "--identifiers/--no-identifiers", default=False, help=t("In từng mã nghe thấy.", "Print every identifier heard.")
)
def command(file: Path, receiver: int | None, profile: str, identifiers: bool) -> None:
    from bluezone.cli.rehearsal import be_quiet
    from bluezone.radio import read_recording, summarise
    from bluezone.risk import PROFILES, UNCALIBRATED, HeardBeacon, weighted_minutes, windows_by_identifier

    be_quiet()
    if profile not in PROFILES:
        raise click.BadParameter(
            t(
                f"Không có bộ quy tắc {profile}; có: {', '.join(PROFILES)}.",
                f"No profile {profile}; there are: {', '.join(PROFILES)}.",
            )
        )
    recording = read_recording(file, receiver=receiver)
    summary = summarise(recording)
    kept = _through_a_phone(recording)
    windows = windows_by_identifier(
        (
            sighting.beacon.identifier,
            HeardBeacon(
                sighting.report.time,
                sighting.report.rssi,
                UNCALIBRATED.tx_power if sighting.tx_power is None else sighting.tx_power,
            ),
        )
        for sighting in recording.sightings
    )
    minutes = {
        identifier: sum(weighted_minutes(window, PROFILES[profile]) for window in found)
        for identifier, found in windows.items()
    }
    count = sum(len(found) for found in windows.values())
    figures: tuple[tuple[str, str, int | str], ...] = (
        ("Gói trong bản ghi", "Packets in the recording", summary.packets),
        ("Bản tin quảng bá", "Advertising reports", summary.reports),
        ("Bản tin báo tiếp xúc", "Exposure Notification reports", summary.sightings),
        ("Điện thoại đã lưu", "Kept by the phone", kept),
        ("Mã khác nhau", "Distinct identifiers", summary.identifiers),
        ("Địa chỉ khác nhau", "Distinct addresses", summary.addresses),
        ("Cường độ, dBm", "Signal strength, dBm", f"{summary.lowest_rssi} … {summary.highest_rssi}"),
        ("Kéo dài, phút", "Duration, minutes", f"{summary.seconds / 60:.1f}"),
        ("Cửa sổ tiếp xúc", "Exposure windows", count),
        (f"Phút theo trọng số ({profile})", f"Weighted minutes ({profile})", f"{sum(minutes.values()):.1f}"),
    )
    for vi, en, value in figures:
        shown = f"{value:,}" if isinstance(value, int) else value
        click.echo(f"{t(vi, en):<32}{shown:>16}")
    if recording.receivers:
        click.echo(
            t(
                f"Máy nghe trong bản ghi: {', '.join(map(str, recording.receivers))}",
                f"Receivers in the recording: {', '.join(map(str, recording.receivers))}",
            )
        )
    if identifiers:
        for identifier, total in sorted(minutes.items(), key=lambda item: -item[1]):
            click.echo(f"  {identifier.hex()}  {len(windows[identifier]):>3}  {total:6.1f}")


def _through_a_phone(recording: Recording) -> int:
    """How many beacons a phone kept that heard the recording from its first to its last sighting."""
    from bluezone.clock import ScaledClock
    from bluezone.phone import DutySettings, Phone, PhoneSettings
    from bluezone.radio import ReplayRadio
    from bluezone.randomness import SystemRandomness
    from bluezone.town import run_virtual

    if recording.start is None or recording.end is None:
        return 0
    start, end = recording.start, recording.end

    async def listen() -> int:
        clock = ScaledClock(start)
        duty = DutySettings(scan_seconds=WINDOW_SECONDS, scan_gap=(WINDOW_SECONDS, WINDOW_SECONDS))
        phone = Phone(
            ":memory:", ReplayRadio(recording, clock), clock, SystemRandomness(), None, PhoneSettings(duty=duty)
        )
        await phone.start()
        await clock.sleep(end - start + 2 * WINDOW_SECONDS)
        count = phone.beacons_heard()
        await phone.close()
        return count

    return run_virtual(listen)
