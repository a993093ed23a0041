"""`bluezone sms`: whether text messages get through."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from bluezone.cli.language import t
from bluezone.cli.target import settings_option


@click.group(help=t("Thử việc gửi tin nhắn SMS.", "Try whether text messages get through."))
@settings_option()
@click.pass_context
def command(context: click.Context, settings_file: Path | None) -> None:
    context.obj = settings_file


@command.command(
    help=t(
        "Gửi một tin thử tới NUMBER theo mục [sms] của tệp cài đặt, rồi nói rõ cổng SMS trả lời gì. "
        "Tin có thể mất tiền.",
        "Send a test message to NUMBER as the table [sms] of the settings file says, and tell plainly what the gateway "
        "answers. The message may cost money.",
    )
)
@click.argument("number")
@click.pass_obj
def test(settings_file: Path | None, number: str) -> None:
    from uuid import UUID

    from bluezone.clock import RealClock
    from bluezone.randomness import SystemRandomness
    from bluezone.server import GatewayError, Settings, SmsMessage, masked, open_provider, outgoing, read_number

    settings = Settings.load(settings_file)
    randomness = SystemRandomness()
    provider = open_provider(settings.sms, clock=RealClock(), randomness=randomness)
    if provider is None:
        raise click.ClickException(
            t(
                "Chưa cài đặt việc gửi SMS: hãy thêm mục [sms] vào tệp cài đặt (docs/vi/sms.md) và đưa --settings.",
                "Text messages are not set up: add the table [sms] to the settings file (docs/en/sms.md) and give "
                "--settings.",
            )
        )
    to = read_number(number)
    text = t("Tin thử của máy chủ Bluezone. Anh/chị không cần làm gì.", "A test by the Bluezone server. Nothing to do.")
    reference = str(UUID(bytes=randomness.token_bytes(16), version=4))
    message = SmsMessage(to, outgoing(text, marks=not settings.sms.without_marks), reference)
    try:
        (receipt,) = asyncio.run(provider.send([message]))
    except GatewayError as error:
        if error.answer:
            click.echo(t(f"Cổng SMS trả lời: {error.answer}", f"The gateway answered: {error.answer}"))
        raise
    click.echo(t(f"Đã trao tin thử gửi tới {masked(to)}.", f"A test message to {masked(to)} was handed over."))
    if receipt.provider_id:
        click.echo(t(f"Số tin hoặc tên tệp: {receipt.provider_id}", f"Its number or file: {receipt.provider_id}"))
    if receipt.answer:
        click.echo(t(f"Cổng SMS trả lời: {receipt.answer}", f"The gateway answered: {receipt.answer}"))
