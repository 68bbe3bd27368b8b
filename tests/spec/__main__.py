"""`python -m tests.spec` writes docs/gate.md."""

from tests.spec.generate import DOCUMENT, render

DOCUMENT.parent.mkdir(exist_ok=True)
DOCUMENT.write_text(render(), encoding="utf-8")
