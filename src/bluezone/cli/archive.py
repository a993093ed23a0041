"""`bluezone archive`: show, verify and build signed key archives."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bluezone.cli.language import t

if TYPE_CHECKING:
    from bluezone.protocol import KeyArchive, KeyBatch, PublishedKey, SignatureInfo
    from bluezone.protocol.wire import WireKey

FILE = click.Path(dir_okay=False, path_type=Path)
"""A missing file is told by `main`, with exit code 1: 2 would be neither a right nor a wrong signature."""


@click.group(help=t("Xem, kiểm và dựng tệp khóa đã ký.", "Show, verify and build signed key archives."))
def command() -> None:
    """The archive commands."""


@command.command(
    help=t("In nội dung một tệp khóa (chưa kiểm chữ ký).", "Print what an archive holds (signature not checked).")
)
@click.argument("file", type=FILE)
@click.option(
    "--json", "as_json", is_flag=True, help=t("In thành JSON, kể cả từng khóa.", "Print JSON, every key included.")
)
@click.option("--limit", default=10, show_default=True, help=t("Số khóa in ra.", "How many keys to print."))
def show(file: Path, as_json: bool, limit: int) -> None:
    from bluezone.protocol import read_archive

    archive = read_archive(file)
    if as_json:
        click.echo(json.dumps(_document(archive), indent=2))
        return
    _print_head(archive, archive.signature_infos)
    for row in list(archive.keys.take(0, limit)):
        onset = "" if row.days_since_onset is None else f"{row.days_since_onset:+d}"
        click.echo(
            f"  {row.key.key.hex()}  {row.key.rolling_start:>8} +{row.key.rolling_period:<3}"
            f"  {row.report_type.name.lower():<30} {onset}"
        )
    if len(archive.keys) > limit:
        click.echo(t(f"  … và {len(archive.keys) - limit} khóa nữa", f"  … and {len(archive.keys) - limit} more keys"))


@command.command(
    help=t("Kiểm chữ ký; mã thoát 0 khi đúng, 1 khi sai.", "Check the signature; exits 0 when right, 1 when wrong.")
)
@click.argument("file", type=FILE)
@click.option("--key", "key_file", type=FILE, required=True, help=t("Khóa công khai (PEM).", "The public key (PEM)."))
@click.option("--key-id", help=t("Mã khóa phải có.", "The key id it must carry."))
@click.option("--key-version", help=t("Phiên bản khóa phải có.", "The key version it must carry."))
def verify(file: Path, key_file: Path, key_id: str | None, key_version: str | None) -> None:
    from bluezone.protocol import VerificationKey, read_signature_infos, verify_archive

    pem = key_file.read_bytes()
    infos = read_signature_infos(file)
    # Without a wanted id the given key stands for whichever signature the archive names.
    keys = [VerificationKey.from_pem(pem, key_id or info.key_id, key_version or info.key_version) for info in infos]
    archive = verify_archive(file, keys)
    click.echo(t("Chữ ký đúng.", "The signature is right."))
    _print_head(archive, infos)


@command.command(
    help=t("Dựng tệp khóa từ danh sách JSON và ký.", "Build an archive from a JSON list of keys and sign it.")
)
@click.argument("keys_file", type=FILE)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help=t("Tệp ra.", "The file to write.")
)
@click.option(
    "--key", "key_file", type=FILE, required=True, help=t("Khóa riêng P-256 (PEM).", "The private P-256 key (PEM).")
)
@click.option("--key-id", default="vn", show_default=True, help=t("Mã khóa.", "The key's id."))
@click.option("--key-version", default="v1", show_default=True, help=t("Phiên bản khóa.", "The key's version."))
@click.option("--region", default="VN", show_default=True, help=t("Vùng.", "The region."))
@click.option(
    "--start", type=int, required=True, help=t("Đầu khoảng (giây Unix).", "Start of the window (Unix seconds).")
)
@click.option("--end", type=int, required=True, help=t("Cuối khoảng (giây Unix).", "End of the window (Unix seconds)."))
def build(
    keys_file: Path, out: Path, key_file: Path, key_id: str, key_version: str, region: str, start: int, end: int
) -> None:
    """The list has the field names of a publish call (`temporaryExposureKeys`), as in the Google server's examples."""
    import msgspec
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    from bluezone.protocol import ArchiveSigner, KeyBatch, write_archive
    from bluezone.protocol.wire import PublishRequest

    try:
        request = msgspec.json.decode(keys_file.read_bytes(), type=PublishRequest)
        batch = KeyBatch.of([_published(key) for key in request.temporary_exposure_keys])
    except (msgspec.MsgspecError, ValueError) as error:
        raise click.ClickException(
            t(f"{keys_file} không phải danh sách khóa: {error}", f"{keys_file} is not a list of keys: {error}")
        ) from error
    try:
        private_key = load_pem_private_key(key_file.read_bytes(), None)
    except ValueError as error:
        raise click.ClickException(
            t(f"{key_file} không phải khóa riêng PEM.", f"{key_file} is not a PEM private key.")
        ) from error
    if not isinstance(private_key, EllipticCurvePrivateKey):
        raise click.ClickException(t("Cần khóa P-256 (EC).", "A P-256 (EC) key is needed."))
    data = write_archive(
        batch, signers=[ArchiveSigner(private_key, key_id, key_version)], start=start, end=end, region=region
    )
    out.write_bytes(data)
    click.echo(
        t(f"Đã ghi {out}: {len(batch)} khóa, {len(data)} byte.", f"Wrote {out}: {len(batch)} keys, {len(data)} bytes.")
    )


def _published(key: WireKey) -> PublishedKey:
    import base64

    from bluezone.protocol import DailyKey, PublishedKey

    data = base64.b64decode(key.key, validate=True)
    return PublishedKey(
        DailyKey(data, key.rolling_start_number, key.rolling_period), transmission_risk=key.transmission_risk
    )


def _print_head(archive: KeyArchive, infos: Sequence[SignatureInfo]) -> None:
    from_, to = (datetime.fromtimestamp(stamp, UTC) for stamp in (archive.start_timestamp, archive.end_timestamp))
    click.echo(
        t(
            f"{len(archive.keys)} khóa, {len(archive.revised_keys)} khóa sửa, vùng {archive.region},"
            f" từ {from_:%H:%M %d/%m/%Y} đến {to:%H:%M %d/%m/%Y} (UTC), tệp {archive.batch_num}/{archive.batch_size}",
            f"{len(archive.keys)} keys, {len(archive.revised_keys)} revised, region {archive.region},"
            f" from {from_:%d/%m/%Y %H:%M} to {to:%d/%m/%Y %H:%M} UTC, {archive.batch_num} of {archive.batch_size}",
        )
    )
    for info in infos:
        click.echo(t(f"  ký bởi {info.key_id} {info.key_version}", f"  signed by {info.key_id} {info.key_version}"))


def _document(archive: KeyArchive) -> dict[str, object]:
    def rows(batch: KeyBatch) -> list[dict[str, object]]:
        return [
            {
                "key_data": row.key.key.hex(),
                "rolling_start_interval_number": row.key.rolling_start,
                "rolling_period": row.key.rolling_period,
                "transmission_risk_level": row.transmission_risk,
                "report_type": row.report_type.name,
                "days_since_onset_of_symptoms": row.days_since_onset,
            }
            for row in batch
        ]

    return {
        "start_timestamp": archive.start_timestamp,
        "end_timestamp": archive.end_timestamp,
        "region": archive.region,
        "batch_num": archive.batch_num,
        "batch_size": archive.batch_size,
        "keys": rows(archive.keys),
        "revised_keys": rows(archive.revised_keys),
    }
