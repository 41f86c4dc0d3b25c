"""`python -m pipeline_components` is the `digits` command."""

import sys

from pipeline_components.cli import main as cli_main


def main() -> None:
    """Exit with what the verb returned."""
    sys.exit(cli_main())


if __name__ == "__main__":
    main()
