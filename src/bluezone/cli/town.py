"""`bluezone town`: one air for phones in processes of their own; each controller is HCI over TCP."""

from __future__ import annotations

import click

from bluezone.cli.language import t


@click.command(
    help=t(
        "Mở thị trấn ảo. Mỗi điện thoại có một bộ điều khiển Bluetooth qua TCP, dùng như một USB Bluetooth.",
        "Open the virtual town. Each phone's Bluetooth controller is served over TCP and used like a dongle.",
    )
)
@click.option(
    "--phones", default=2, show_default=True, type=click.IntRange(1, 26), help=t("Số điện thoại.", "How many phones.")
)
@click.option(
    "--metres",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0.1),
    help=t("Khoảng cách giữa hai máy kề nhau.", "How far neighbours are apart."),
)
@click.option(
    "--port",
    default=9001,
    show_default=True,
    help=t("Cổng đầu tiên; các cổng sau liền kề.", "The first port; the others follow."),
)
@click.option("--seed", default=2020, show_default=True, help=t("Hạt giống ngẫu nhiên.", "The seed of all chance."))
def command(phones: int, metres: float, port: int, seed: int) -> None:
    import asyncio

    from bluezone.clock import RealClock
    from bluezone.radio import VirtualLink
    from bluezone.randomness import SeededRandomness
    from bluezone.town import TX_POWER_LOW, Air, serve_controller, stay

    async def main() -> None:
        randomness = SeededRandomness(seed)
        air = Air(randomness.child("air"))
        link = VirtualLink(air, clock=RealClock(), randomness=randomness.child("link"))
        for at in range(phones):
            name = chr(ord("A") + at)
            air.place(name, stay((at * metres, 0.0), ()))
            served = await serve_controller(link.controller(name), port=port + at)
            power = f"--tx-power {TX_POWER_LOW:.0f}"
            click.echo(f"  {name}: bluezone phone --radio {served.spec} {power} --store phone-{name}.sqlite")
        click.echo(
            t(
                f"{phones} bộ điều khiển chung một bầu không khí, cách nhau {metres:g} m. Ctrl-C để dừng.",
                f"{phones} controllers share one air, {metres:g} m apart. Ctrl-C stops it.",
            )
        )
        await asyncio.Event().wait()

    asyncio.run(main())
