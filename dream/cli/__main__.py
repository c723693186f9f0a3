"""`python -m dream.cli`."""

from dream.cli import main

main()
