"""The pages for recipients, and the commands in them: a block marked `sh test` is run as it is written."""

import re

from tests.support import PROJECT

PAGES = PROJECT / "docs" / "ontvanger"


def commands_of(page: str, marked: str = "") -> list[str]:
    """The blocks of a page that are to be run, in order: those marked `sh test`, or `sh test <marked>`."""
    mark = re.escape(f"```sh test {marked}".strip())
    return re.findall(rf"^{mark}\n(.*?)^```$", (PAGES / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
