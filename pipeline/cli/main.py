"""The command `gegevensdeling`: reads the arguments, and imports only the module of the command that was given."""

import signal
import sys
from collections.abc import Sequence
from pkgutil import resolve_name

from pipeline.cli.parser import command_parser
from pipeline.core.errors import PipelineError, redact_unexpected_errors


def main(arguments: Sequence[str] | None = None) -> int:
    """0 for success; 1, with one sentence on standard error, for an error that the pipeline foresees; 130 on Ctrl-C."""
    options = command_parser().parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):  # a command that is stopped stops its own processes
        signal.signal(number, signal.default_int_handler)
    try:
        return int(redact_unexpected_errors(lambda: resolve_name(options.run)(options))())
    except KeyboardInterrupt:
        return 130
    except PipelineError as error:
        print(f"gegevensdeling: {error}", file=sys.stderr)
        return 1
