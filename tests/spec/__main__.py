"""`python -m tests.spec` writes docs/gate.md and docs/poort.md."""

from tests.spec.generate import LANGUAGES, render

for language in LANGUAGES:
    language.document.parent.mkdir(exist_ok=True)
    language.document.write_text(render(language), encoding="utf-8")
