"""Every behaviour, by name."""

from tests.support.hostile.answers import ANSWERS
from tests.support.hostile.lines import LINES

BEHAVIOURS = {behaviour.name: behaviour for behaviour in (*LINES, *ANSWERS)}
