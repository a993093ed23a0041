"""`python -m bluezone` is the `bluezone` command."""

from bluezone.cli import main

main()
