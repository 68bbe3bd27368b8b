"""`python -m tests.proof`: the histories, then the mutants."""

import sys

from tests.mutation.command import main

sys.exit(main())
