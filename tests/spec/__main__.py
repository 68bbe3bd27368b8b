"""`python -m tests.spec` writes docs/gate.md and docs/poort.md."""

from tests.spec.generate import DOCUMENTS

for path, render in DOCUMENTS.items():
    path.write_text(render(), encoding="utf-8")
