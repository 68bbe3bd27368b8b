"""Parents who do not exist: names, numbers and contact data that can hit nobody."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.demo.world.chance import Index, Purpose, assign
from pipeline.demo.world.days import Days, days_after
from pipeline.demo.world.families import Families, Flags
from pipeline.demo.world.names import FIRST, FORMULAS, LAST, mailbox
from pipeline.demo.world.scene import Scene

TWO_PARENTS = 0.62
"""Assumption: share of families with two known parents."""

PARENT_CASES = {
    "insz_check_digits": 0.002,
    "insz_form": 0.002,
    "blank_first_name": 0.0015,
    "blank_last_name": 0.0015,
    "deceased": 0.006,
    "formula": 0.004,
    "odd_phone": 0.003,
    "odd_email": 0.003,
    "confidential": 0.007,
    "no_residence": 0.002,
    "unknown_nis": 0.003,
    "no_nis": 0.001,
    "abroad": 0.001,
    "former_nis": 0.006,
    "blank_street": 0.004,
    "corrected": 0.01,
}
"""Awkward case of a parent's row or residence to its share; a parent is at most one of them."""

BORN_FROM, BORN_UNTIL = np.datetime64("1972-01-01"), np.datetime64("2005-01-01")
SERIALS = ("000", "999")
MONTHS_ADDED = (0, 20, 40)
ROOM = int((BORN_UNTIL - BORN_FROM).astype(int)) * len(SERIALS) * len(MONTHS_ADDED)
"""How many different INSZ there are with a sequence number that is never issued; whoever finds no room has none."""
INSZ_SHARE = 0.95
PARENTS_AT_SCALE_1 = 620_000
"""About as many; it decides how thinly the INSZ that exist for synthetic persons are spread."""
STRIDE = 39_119  # prime, so that consecutive parents do not get consecutive numbers

BLANKS = ("", " ", "\u00a0", " \u00a0 ")
ODD_PHONES = ("geen", "0470", "32 47", "nvt", "++32 470 00 00 00 00 00")
ODD_EMAILS = ("geen", "@example.org", "jan.example.org", "a@b@example.org", "geen e-mail")
ODD_INSZ = ("{0}.{1}", "{0} {1}", "{0}{1}0", "{0}", "O{0}{1}")


@dataclass(frozen=True)
class Parents:
    """Per parent: the id, the family (an index), whether it is the family's second, and the awkward cases."""

    ids: Index
    family: Index
    second: Flags
    cases: dict[str, Index]
    columns: dict[str, object]


def make_parents(scene: Scene, homes: Families, family_ids: Index, rng: np.random.Generator) -> Parents:
    """One or two parents per family."""
    count = 1 + (rng.random(len(family_ids)) < TWO_PARENTS)
    family = np.repeat(np.arange(len(family_ids)), count)
    second = np.r_[False, family[1:] == family[:-1]] if len(family) else np.zeros(0, bool)
    ids = scene.ids.take("parent", len(family))
    cases = assign(scene.spread(Purpose.PARENT, len(ids)), PARENT_CASES)
    first, last = _skewed(len(FIRST), len(ids), rng), _skewed(len(LAST), len(ids), rng)
    columns = {
        "parent_id": ids,
        "family_id": family_ids[family],
        "insz": _insz_column(ids, scene.scale, cases),
        "first_name": _with_cases(_pick(FIRST, first), cases["blank_first_name"], BLANKS),
        "last_name": _with_cases(
            _with_cases(_pick(LAST, last), cases["blank_last_name"], BLANKS), cases["formula"], FORMULAS
        ),
        "phone": _with_cases(_phones(len(ids), rng), cases["odd_phone"], ODD_PHONES),
        "email": _with_cases(_emails(first, last, ids, rng), cases["odd_email"], ODD_EMAILS),
        "deceased_on": _deaths(homes.first_birth[family], cases["deceased"], scene.today, rng),
    }
    return Parents(ids, family, second, cases, columns)


def synthetic_insz(number: Index) -> pa.Array:
    """The INSZ with a place in the ROOM: birth day, BIS form of the month, a serial never issued, modulo 97."""
    day, form = np.divmod(number, len(SERIALS) * len(MONTHS_ADDED))
    born = BORN_FROM + day.astype("timedelta64[D]")
    months = born.astype("datetime64[M]")
    year = months.astype(int) // 12 + 1970
    month = months.astype(int) % 12 + 1 + np.array(MONTHS_ADDED)[form // len(SERIALS)]
    day_of_month = (born - months.astype("datetime64[D]")).astype(int) + 1
    serial = np.array([int(text) for text in SERIALS])[form % len(SERIALS)]
    nine = ((year % 100 * 100 + month) * 100 + day_of_month) * 1000 + serial
    check = 97 - (nine + np.where(year >= 2000, 2_000_000_000, 0)) % 97
    return pc.utf8_lpad(pa.array(nine * 100 + check).cast(pa.string()), 11, "0")


def nullable(values: pa.Array, keep: Flags) -> pa.Array:
    """The values where `keep` says so, NULL elsewhere."""
    return pc.if_else(pa.array(keep), values, pa.scalar(None, values.type))


def _insz_column(ids: Index, scale: float, cases: dict[str, Index]) -> pa.Array:
    density = min(INSZ_SHARE, ROOM / (PARENTS_AT_SCALE_1 * scale))  # share of the parents that can have an INSZ
    place, before = np.floor(ids * density).astype(np.int64), np.floor((ids - 1) * density).astype(np.int64)
    has = (place > before) & (place <= ROOM)
    has[cases["insz_check_digits"]] = has[cases["insz_form"]] = True
    numbers = synthetic_insz(place * STRIDE % ROOM)
    wrong = [f"{n[:9]}{(int(n[9:]) + 5) % 97:02}" for n in numbers.take(cases["insz_check_digits"]).to_pylist()]
    form = [
        ODD_INSZ[i % len(ODD_INSZ)].format(n[:6], n[6:])
        for i, n in enumerate(numbers.take(cases["insz_form"]).to_pylist())
    ]
    return _replaced(_replaced(nullable(numbers, has), cases["insz_check_digits"], wrong), cases["insz_form"], form)


def _phones(n: int, rng: np.random.Generator) -> pa.Array:
    """Belgian forms of numbers in a block that begins with 00 after the prefix; about one in twelve has none."""
    forms = ("0470 00 {} {}", "+32 479 00 {} {}", "0486/00.{}.{}", "0032 495 00 {} {}", "09 000 {} {}", "+3247700{}{}")
    pool = [forms[i % len(forms)].format(f"{i // 100:02}", f"{i % 100:02}") for i in range(10_000)]
    return nullable(_pick(pool, rng.integers(0, len(pool), n)), rng.random(n) > 0.08)


def _emails(first: Index, last: Index, ids: Index, rng: np.random.Generator) -> pa.Array:
    names = (_pick([mailbox(n) for n in FIRST], first), _pick([mailbox(n) for n in LAST], last))
    local = pc.binary_join_element_wise(*names, pa.array(ids).cast(pa.string()), ".")
    return nullable(pc.binary_join_element_wise(local, "example.org", "@"), rng.random(len(ids)) > 0.22)


def _deaths(first_birth: Days, who: Index, today: np.datetime64, rng: np.random.Generator) -> Days:
    days = np.full(len(first_birth), np.datetime64("NaT"), "datetime64[D]")
    days[who] = np.minimum(days_after(first_birth[who], 900, rng), today - 1)
    return days


def _skewed(size: int, n: int, rng: np.random.Generator) -> Index:
    """Positions in a list, the first ones oftener."""
    return (size * rng.random(n) ** 1.4).astype(np.int64)


def _pick(values: Sequence[str], at: Index) -> pa.Array:
    return pa.array(values, pa.string()).take(pa.array(at))


def _with_cases(values: pa.Array, who: Index, odd: Sequence[str]) -> pa.Array:
    return _replaced(values, who, [odd[int(place) % len(odd)] for place in who])


def _replaced(values: pa.Array, who: Index, by: Sequence[str]) -> pa.Array:
    mask = np.zeros(len(values), bool)
    mask[who] = True
    return pc.replace_with_mask(values, pa.array(mask), pa.array(by, pa.string()))
