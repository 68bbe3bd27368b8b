"""`python -m tests.proof`: conversations with hosts, the lines to fetch, the histories of the gate, the
mutants, then the histories of several nights."""

import sys

from tests.mutation.command import main

sys.exit(main())
