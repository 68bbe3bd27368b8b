"""The version that a run records: the same on two machines that have the same code, however it was installed."""

from pipeline.core.version import _hash_of

CODE = "pipeline/core/run.py,sha256=abc,10\npipeline/sql/gate/20_decision.sql,sha256=def,20\n"
BY_PIP = "../../../bin/gegevensdeling,sha256=one,235\n" + CODE + "pipeline/core/__pycache__/run.cpython-311.pyc,,\n"
BY_UV = (
    CODE + "gegevensdeling-0.1.0.dist-info/uv_cache.json,sha256=two,137\n../../../bin/gegevensdeling,sha256=three,326\n"
)


def test_what_an_installer_adds_makes_no_other_version() -> None:
    assert _hash_of(BY_PIP) == _hash_of(BY_UV) == _hash_of(CODE)


def test_another_file_of_ours_does() -> None:
    assert _hash_of(CODE.replace("def", "xyz")) != _hash_of(CODE)
