"""Every awkward case of the gate is in the world, also in a small one, and only a small share of it is awkward."""

from collections.abc import Iterator

import pytest

from pipeline.demo.world.names import FORMULAS
from pipeline.demo.world.papers import agreement_flaws, protocol_flaws
from pipeline.demo.world.people import PARENT_CASES
from pipeline.demo.world.registries import CAW_KBO
from pipeline.demo.world.stories import STORIES
from tests.support.worlds.world_lens import AS_OF, Lens, world

SCALE = 0.01

BLANK = r"regexp_full_match({}, '[\s\p{{Z}}\p{{C}}]*')"
INSZ_DIGITS = "regexp_full_match(insz, '[0-9]{11}')"
INSZ_RIGHT = """(97 - left(insz, 9)::bigint % 97 = right(insz, 2)::bigint
    or 97 - ('2' || left(insz, 9))::bigint % 97 = right(insz, 2)::bigint)"""
LAST_HOME = "select distinct on (parent_id) * from residence order by parent_id, valid_from desc, recorded_at desc"

CASES = {
    # parents
    "INSZ of another form": f"parent where insz is not null and not {INSZ_DIGITS}",
    "INSZ with wrong check digits": f"parent where {INSZ_DIGITS} and not {INSZ_RIGHT}",
    "INSZ of a person born from 2000 on": f"""parent where {INSZ_DIGITS} and {INSZ_RIGHT}
        and 97 - ('2' || left(insz, 9))::bigint % 97 = right(insz, 2)::bigint""",
    "BIS number": "parent where insz similar to '[0-9]{2}[2-5].*'",
    "no INSZ": "parent where insz is null",
    "blank first name": f"parent where {BLANK.format('first_name')}",
    "blank last name": f"parent where {BLANK.format('last_name')}",
    "name of a no-break space": "parent where contains(first_name, chr(160)) or contains(last_name, chr(160))",
    "name with an accent": "parent where first_name <> strip_accents(first_name)",
    "name with an apostrophe": "parent where contains(last_name, '''')",
    "deceased": "parent where deceased_on < $day",
    "no phone": "parent where phone is null",
    "no e-mail": "parent where email is null",
    "phone of no known form": "parent where phone in ('geen', 'nvt', '0470')",
    "e-mail of no known form": "parent where email in ('geen', '@example.org', 'geen e-mail')",
    "one parent": "(select family_id from parent group by 1 having count(*) = 1)",
    # residences
    "no residence": "parent where parent_id not in (select parent_id from residence)",
    "no NIS code": "residence where nis_code is null",
    "NIS code that never was": "residence where nis_code in ('99999', '1100')",
    "NIS code of long ago": "residence where nis_code in ('11003', '11006', '41001')",
    "municipality of Wallonia": "residence where nis_code in ('62063', '52011', '92094')",
    "code from before 2025": f"({LAST_HOME}) as home where nis_code in ('11007', '71022', '46003', '44048')",
    "code from before 2019": f"({LAST_HOME}) as home where nis_code in ('44011', '12030', '72025', '71047', '44001')",
    "old code recorded after the merger": """residence where recorded_at > '2025-01-02'
        and nis_code in (select nis_code from child_on_31_december where year = 2024
            except select nis_code from child_on_31_december where year = 2025)""",
    "protected address": "residence where confidential",
    "protected address of the other parent only": """parent as one join residence using (parent_id)
        join parent as other on other.family_id = one.family_id and other.parent_id <> one.parent_id
        where confidential and other.parent_id not in (select parent_id from residence where confidential)""",
    "moved": "(select parent_id from residence group by 1 having count(distinct nis_code) > 1)",
    "corrected on the same day": "(select parent_id from residence group by parent_id, valid_from having count(*) > 1)",
    "blank street": "residence where street is null or trim(replace(street, chr(160), '')) = ''",
    "box number": "residence where box_number is not null",
    "residence of nobody": "residence where parent_id not in (select parent_id from parent)",
    # children and assessments
    "born on 29 February": "child where month(birth_date) = 2 and day(birth_date) = 29",
    "not a client": "child where not client",
    "client of Brussels": "child_on_31_december join child using (child_id) where client and nis_code like '21%'",
    "assessment without a criterion": """indicator_assessment
        where coalesce(income, education, employment, stimulation, housing, health) is null""",
    "assessment with an open criterion": "indicator_assessment where income is null and education is not null",
    "assessment before birth": "indicator_assessment join child using (child_id) where assessed_on < birth_date",
    "assessment in the future": "indicator_assessment where assessed_on > $day",
    "two assessments on a day": """(select child_id from indicator_assessment
        group by child_id, assessed_on having count(distinct recorded_at) > 1)""",
    "two assessments recorded at once": """(select child_id from indicator_assessment
        group by child_id, assessed_on, recorded_at having count(*) > 1)""",
    "assessment of nobody": "indicator_assessment where child_id not in (select child_id from child)",
    "weak on the first three": """indicator_assessment
        where income and education and employment and not coalesce(housing, false)""",
    # who serves where, teams
    "municipality with two recipients": """(select nis_code from recipient_municipality
        where valid_until is null group by 1 having count(*) > 1)""",
    "service that ended with a merger": "recipient_municipality where valid_until = '2024-12-31'",
    "code kept through a merger": "recipient_municipality where nis_code = '11002' and valid_from = '2025-01-01'",
    "family followed by another team": f"""family join parent using (family_id) join ({LAST_HOME}) using (parent_id)
        join recipient_municipality using (nis_code) join agreement using (kbo)
        where family.local_team_id not in
            (select local_team_id from agreement as other where other.kbo = agreement.kbo)""",
    # papers
    "agreement from before the merger": """agreement join recipient_municipality using (kbo)
        where recipient_municipality.valid_from = '2025-01-01' and agreement.valid_from < '2025-01-01'""",
    "protocol from before the merger": """protocol join recipient_municipality using (kbo)
        where recipient_municipality.valid_from = '2025-01-01' and protocol.valid_from < '2025-01-01'""",
    "renewed on the day of the merger": "agreement where valid_from = '2025-01-01'",
    "several versions of an agreement": "(select agreement_id from agreement group by 1 having count(*) > 1)",
    "several versions of a protocol": "(select protocol_id from protocol group by 1 having count(*) > 1)",
    "several agreements with one team": """(select kbo from agreement
        group by kbo, local_team_id having count(distinct agreement_id) > 1)""",
    "several protocols with other fields": """(select kbo from protocol where kind = 'protocol'
        group by kbo having count(distinct protocol_id) > 1 and count(distinct fields) > 1)""",
    "min_criteria 2": "agreement where min_criteria = 2",
    "min_criteria 4": "agreement where min_criteria = 4",
    "min_criteria that cannot be": "agreement where min_criteria not between 1 and 6",
    "fields with blanks": "protocol where contains(fields, ', ')",
    "agreements of CAW Brussel with several teams": """(select kbo from agreement where kbo = $caw
        group by kbo having count(distinct local_team_id) > 1)""",
    # consent
    "one of two parents consented": """(select family_id from parent left join
        (select distinct parent_id, true as consented from consent_event where kind = 'grant') using (parent_id)
        group by 1 having count(*) = 2 and count(consented) = 1)""",
    "consent for the municipality left": f"""consent_event join ({LAST_HOME}) as home using (parent_id)
        where kind = 'grant' and occurred_at < home.valid_from and kbo not in
            (select kbo from recipient_municipality where nis_code = home.nis_code)""",
    "withdrawn": "consent_event where kind = 'withdrawal'",
    "grant and withdrawal at one instant": """(select parent_id from consent_event
        group by parent_id, kbo, occurred_at having count(distinct kind) > 1)""",
    "two grants at one instant": """(select parent_id from consent_event where kind = 'grant'
        group by parent_id, kbo, occurred_at having count(distinct recorded_at) > 1)""",
    "two grants recorded at once": """(select parent_id from consent_event where kind = 'grant'
        group by parent_id, kbo, occurred_at, recorded_at having count(*) > 1)""",
    "expired": "consent_event where valid_until < $day",
    "expired yesterday": "consent_event where valid_until = $day - 1",
    "valid until today": "consent_event where valid_until = $day",
    "text no longer accepted": """consent_event join consent_text using (text_version)
        where accepted_until < $day""",
    "unknown text": "consent_event where text_version not in (select text_version from consent_text)",
    "text to come": "consent_text where accepted_from > $day",
    "grant to come": "consent_event where kind = 'grant' and occurred_at > $day + 1",
    "withdrawal to come": "consent_event where kind = 'withdrawal' and occurred_at > $day + 1",
    "unknown kind": "consent_event where kind not in ('grant', 'withdrawal')",
    "grant without text": "consent_event where kind = 'grant' and text_version is null",
    "grant without fields": "consent_event where kind = 'grant' and fields is null",
    "field outside the decree": "consent_event where contains(fields, 'insz')",
    "name alone": "consent_event where fields = 'name'",
    "no name": "consent_event where not contains(fields, 'name')",
    "event of nobody": "consent_event where parent_id not in (select parent_id from parent)",
    "consent without need of papers": """consent_event where parent_id in (select parent_id from parent)
        and kbo not in (select kbo from agreement)""",
}


@pytest.fixture(scope="module")
def lens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lens]:
    yield world(tmp_path_factory.mktemp("world"), SCALE)


@pytest.mark.parametrize("case", CASES)
def test_the_case_occurs(lens: Lens, case: str) -> None:
    assert lens.one(f"select count(*) from {CASES[case]}", day=AS_OF, caw=CAW_KBO) > 0


@pytest.mark.parametrize("name", FORMULAS)
def test_names_that_a_spreadsheet_would_compute_occur(lens: Lens, name: str) -> None:
    assert lens.one("select count(*) from parent where last_name = $name", name=name) > 0


@pytest.mark.parametrize(
    ("paper", "flaw"),
    [("agreement", flaw) for flaw in agreement_flaws(AS_OF)] + [("protocol", flaw) for flaw in protocol_flaws(AS_OF)],
)
def test_the_flaw_of_a_paper_occurs(lens: Lens, paper: str, flaw: str) -> None:
    changed = (agreement_flaws if paper == "agreement" else protocol_flaws)(AS_OF)[flaw]
    where = " and ".join(f"{column} is not distinct from ${column}" for column in changed)
    latest = f"select distinct on ({paper}_id) * from {paper} order by {paper}_id, recorded_at desc"
    assert lens.one(f"select count(*) from ({latest}) where {where}", **changed) > 0


def test_the_shares_leave_most_parents_ordinary() -> None:
    assert sum(PARENT_CASES.values()) < 0.06
    assert sum(share for name, (share, _) in STORIES.items() if name.startswith("grant") and "_" not in name) > 0.5
    assert sum(share for share, _ in STORIES.values()) < 1.0 + 1e-9


def test_every_story_is_told_at_scale_one_hundredth(lens: Lens) -> None:
    stories = [share for share, _ in STORIES.values()]
    told = lens.one("select count(distinct parent_id) from consent_event")
    assert told * min(stories) > 0.9, "the rarest story would not be met"
