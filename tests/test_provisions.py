"""Lines, accounts, allowances, criteria, benefits and groups: each setting by an example worked out by hand."""

from __future__ import annotations

import io
from typing import Any

import pytest

import poverty_policy as pp
from homes import ACCOUNT, ALLOWANCE, LINE, YEAR, decision, dibao, home, person, provision, rules_of


def pays(rules: pp.RuleSet, case: dict[str, Any], name: str = "allowance.dibao") -> str | None:
    """The amount as text, ``None`` where nobody is entitled, ``unknown``."""
    found = rules.assess(case)[name]
    return "unknown" if isinstance(found, pp.Unknown) else None if found is None else str(found)


def told(rules: pp.RuleSet, case: dict[str, Any], name: str) -> bool | str | None:
    found = rules.assess(case)[name]
    assert not isinstance(found, pp.Money | pp.Rate)
    return "unknown" if isinstance(found, pp.Unknown) else found


# --- the gap ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wage", "expected"),
    [("0", "1,000.00"), ("999.99", "0.01"), ("1000", None), ("1000.01", None), ("400", "600.00")],
)
def test_the_gap_of_two_persons(wage: str, expected: str | None) -> None:
    assert pays(dibao(), home(person("a", wage), person("b"))) == expected  # 500 × 2 − wage


def test_at_most_lets_the_standard_itself_in() -> None:
    case = home(person("a", "1000"), person("b"))
    assert pays(dibao(test="at_most"), case) == "0.00"  # entitled to nothing is not the same as not entitled
    assert pays(dibao(), case) is None


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "1,100.00"),  # 2,100 − 1,000
        ({"rounded_per": "person", "rounding": "yuan"}, "1,101.00"),  # 366.67 -> 367 each
        ({"rounding": "100 yuan up"}, "1,100.00"),
        ({"rounding": "10 yuan down", "rounded_per": "person"}, "1,080.00"),  # 366.67 -> 360 each
    ],
)
def test_rounding_by_household_and_by_person(settings: dict[str, Any], expected: str) -> None:
    rules = rules_of({**LINE, "amount": "700 元"}, ACCOUNT, {**ALLOWANCE, **settings})
    assert pays(rules, home(person("a", "1000"), person("b"), person("c"))) == expected


def test_an_income_per_head_that_the_place_rounds_first() -> None:
    rules = rules_of({**LINE, "amount": "700 元"}, {**ACCOUNT, "per_head": "yuan", "per": "month"}, ALLOWANCE)
    assert pays(rules, home(person("a", "1000"), person("b"), person("c"))) == "1,101.00"  # (700 − 333) × 3


def test_a_minimum_for_each_covered_member() -> None:
    case = home(person("a", "990"), person("b"))
    assert pays(dibao(minimum_share="20%"), case) == "200.00"  # 10 yuan are raised to 100 × 2
    assert pays(dibao(minimum="3 元"), case) == "10.00"
    assert pays(dibao(minimum_share="20%"), home(person("a", "1000"), person("b"))) is None


def test_classes_and_the_whole_standard() -> None:
    classes = {"pays": "class", "class_fact": "dibao_class", "classes": {"a": "300 元", "b": "120 元"}}
    case = home(person("a", "100"), person("b"))
    assert pays(dibao(**classes), {**case, "facts": {"dibao_class": "b"}}) == "240.00"
    assert pays(dibao(**classes), case) == "unknown"
    with pytest.raises(pp.InputError, match=r"no option called 'c'"):
        dibao(**classes).assess({**case, "facts": {"dibao_class": "c"}})
    assert pays(dibao(pays="full"), case) == "1,000.00"
    assert told(dibao(pays="status"), case, "allowance.dibao") is True


def test_conditions_exclusions_and_members_not_paid_for() -> None:
    rules = dibao(
        requires=[{"fact": "local_household", "is": True}],
        excludes=[{"fact": "cars", "above": 0}, {"any_member": {"fact": "pension", "is": True}}],
        uncovered={"fact": "moved_away", "is": True},
    )
    ok = {"local_household": True, "cars": 0}
    a, b = (person(name, facts={"pension": False, "moved_away": False}) for name in "ab")
    assert pays(rules, home(a, b, facts=ok)) == "1,000.00"
    assert pays(rules, home(a, b, facts={**ok, "cars": 1})) is None
    assert pays(rules, home(a, b, facts={**ok, "local_household": False})) is None
    assert pays(rules, home(a, b, facts={"cars": 0})) == "unknown"
    assert pays(rules, home(a, b, facts={"cars": 1})) is None  # whatever else is unknown
    assert pays(rules, home(a, {**b, "facts": {"pension": True, "moved_away": False}}, facts=ok)) is None
    away = {**b, "facts": {"pension": False, "moved_away": True}}
    assert pays(rules, home(a, away, facts=ok)) == "500.00"


def test_supplements_highest_and_added() -> None:
    more = [
        {"supplement": "dibao", "when": {"age_from": 60}, "share": "30%"},
        {"supplement": "tekun", "when": {"group": "severely_disabled"}, "share": "50%"},
    ]
    old = person("a", birth_date="1961-06-15", groups=["severely_disabled"])
    assert pays(dibao(supplements=more), home(old)) == "750.00"  # 500 + 250, the higher one
    assert pays(dibao(supplements=more, several="added"), home(old)) == "900.00"  # 500 + 150 + 250
    younger = {**old, "birth_date": "1961-06-16", "groups": []}
    assert pays(dibao(supplements=more), home(younger)) == "500.00"
    assert pays(dibao(supplements=more), home({**old, "birth_date": None})) == "unknown"
    on_payment = [{"supplement": "dibao", "when": {"age_from": 60}, "share": "30%", "of": "payment"}]
    assert (
        pays(dibao(supplements=on_payment), home({**old, **person("a", "400"), "birth_date": "1950-01-01"})) == "130.00"
    )


def test_members_covered_by_themselves() -> None:
    def rules(**settings: Any) -> pp.RuleSet:
        edge = {"line": "marginal", "per": "month", "of": "dibao", "times": "150%"}
        single = {"when": {"group": "severely_disabled"}, "line": "marginal", "amount": "full", **settings}
        return rules_of(LINE, edge, ACCOUNT, {**ALLOWANCE, "single": single})

    ill = person("b", groups=["severely_disabled"])
    assert pays(rules(), home(person("a", "1200"), ill)) == "500.00"  # 600 per head, below 750
    assert pays(rules(), home(person("a", "1499.99"), ill)) == "500.00"
    assert pays(rules(), home(person("a", "1500"), ill)) is None
    assert pays(rules(test="at_most"), home(person("a", "1500"), ill)) == "500.00"
    assert pays(rules(), home(person("a", "1200"), person("b"))) is None
    assert pays(rules(), home(person("a", "900"), ill)) == "100.00"  # the household itself is entitled
    assert pays(rules(amount="unspecified"), home(person("a", "1200"), ill)) == "unknown"
    earns = {**person("b", "200"), "groups": ["severely_disabled"]}
    assert pays(rules(amount="own_gap"), home(person("a", "1000"), earns)) == "300.00"
    rich = {**person("b", "500"), "groups": ["severely_disabled"]}
    assert pays(rules(own_income="below_line"), home(person("a", "700"), rich)) is None


@pytest.mark.parametrize(
    ("since", "disabled", "expected"),
    [
        ("2020-06-16", False, "300.00"),  # eleven full months
        ("2020-06-15", False, None),  # twelve: over
        ("2020-06-15", True, "300.00"),
        ("2019-06-16", True, "300.00"),
        ("2019-06-15", True, None),
        (None, False, "unknown"),
    ],
)
def test_tapering_to_the_day(since: str | None, disabled: bool, expected: str | None) -> None:
    tapering = {
        "months": 12, "receiving": "dibao", "since": "over_line_since", "pays": "as_before", "before": "dibao_amount",
        "extended": [{"when": {"any_member": {"group": "disabled"}}, "months": 24}],
    }  # fmt: skip
    rules = dibao(tapering=tapering)
    groups = ["dibao", "disabled"] if disabled else ["dibao"]
    facts = {"over_line_since": since, "dibao_amount": "300 元"}
    assert pays(rules, home({**person("a", "800"), "groups": groups}, facts=facts)) == expected
    assert pays(rules, home(person("a", "800"), facts=facts)) is None  # does not receive it


def test_a_longer_time_that_is_not_stated_matters_only_beyond_the_ordinary_one() -> None:
    tapering = {
        "months": 12, "receiving": "dibao", "since": "over_line_since", "pays": "full",
        "extended": [{"when": {"any_member": {"group": "disabled"}}, "months": "unspecified"}],
    }  # fmt: skip
    rules = dibao(tapering=tapering)
    ill, well = ({**person("a", "800"), "groups": groups} for groups in (["dibao", "disabled"], ["dibao"]))
    soon, late = ({"over_line_since": day} for day in ("2020-07-01", "2020-06-01"))
    assert [pays(rules, home(ill, facts=soon)), pays(rules, home(well, facts=soon))] == ["500.00", "500.00"]
    assert [pays(rules, home(ill, facts=late)), pays(rules, home(well, facts=late))] == ["unknown", None]
    found = rules.assess(home(ill, facts=late))["allowance.dibao"]
    assert isinstance(found, pp.Unknown)
    assert [one.what for one in found.missing] == ["allowance.dibao.tapering.extended.1.months"]


def test_reviews() -> None:
    review = [{"months": 12, "when": {"any_member": {"group": "disabled"}}}, {"months": 6}]
    rules = dibao(review=review)
    ill = {**person("a"), "groups": ["disabled"]}
    assert str(decision(rules.assess(home(ill)), "allowance.dibao").next_review) == "2022-06-15"
    assert str(decision(rules.assess(home(person("a"))), "allowance.dibao").next_review) == "2021-12-15"
    assert decision(rules.assess(home(person("a", "500"))), "allowance.dibao").next_review is None


# --- accounts ---------------------------------------------------------------------------------------------


def income(account: dict[str, Any], *records: dict[str, Any], **facts: Any) -> str:
    rules = rules_of({**ACCOUNT, **account})
    found = rules.assess(home({"id": "a", "groups": [], "income": list(records)}, **facts))["account.income"]
    return "unknown" if isinstance(found, pp.Unknown) else str(found)


def test_windows() -> None:
    monthly = {"item": "wage", "each_month": "100", "from": "2020-01", "to": "2021-06"}
    assert income({}, monthly) == "1,200.00"
    assert income({"months": 1}, monthly) == "1,200.00"  # May times twelve
    assert income({"ends": "03-31"}, monthly, records_complete={"from": "2020-04", "to": "2021-03"}) == "1,200.00"
    assert income({"items": {"wage": {"months": 3}}}, {**monthly, "from": "2021-05"}) == "400.00"  # May of three, × 4
    once = {"item": "wage", "amount": "600", "from": "2021-05-01", "to": "2021-05-31"}
    assert income({}, once) == "600.00"
    assert income({"months": 1}, once) == "7,200.00"
    assert income({}, {**once, "from": "2020-05-01", "to": "2020-05-31"}) == "0.00"
    with pytest.raises(pp.InputError, match="split it there"):
        income({}, {**once, "from": "2020-05-01"})
    assert income({}, once, records_complete={"from": "2020-07", "to": "2021-05"}) == "unknown"


def test_costs_losses_shares_and_free_amounts() -> None:
    crop = {"item": "farming", "amount": "1000", "cost": "1200.01", **YEAR}

    def farm(**how: Any) -> str:
        return income({"items": {"farming": how}}, crop)

    assert farm(cost="stated", losses="zero") == "0.00"
    assert farm(cost="stated") == "unknown"  # the rule does not say what a loss is
    assert farm(cost="40%") == "600.00"
    assert farm() == "1,000.00"
    assert farm(share="33.33%") == "333.30"
    assert farm(free="50 元") == "400.00"
    assert farm(free="100 元") == "0.00"
    items = {"farming": {"cost": "stated", "losses": "count"}, "wage": "counted"}
    wage = {"item": "wage", "amount": "500", **YEAR}
    assert income({"items": items}, crop, wage) == "299.99"


def test_items_that_an_account_does_not_name() -> None:
    gift = {"item": "gift", "amount": "500", **YEAR}
    assert income({"others": "counted"}, gift) == "500.00"
    assert income({"others": "left_out"}, gift) == "0.00"
    assert income({}, gift) == "unknown"
    with pytest.raises(pp.InputError, match=r"no item called 'gifts'; did you mean 'gift'"):
        income({}, {**gift, "item": "gifts"})


def test_deductions() -> None:
    wage = {"item": "wage", "amount": "12000", **YEAR}
    spent = [{"item": "medical", "amount": "3000", **YEAR}]

    def less(*deductions: dict[str, Any], **facts: Any) -> str:
        return income({"deductions": list(deductions)}, wage, **facts)

    medical = {"deduction": "medical", "items": ["medical"]}
    assert less(medical, spending=spent) == "9,000.00"
    assert less({**medical, "above": "1000 元"}, spending=spent) == "10,000.00"
    assert less({**medical, "at_most": "1000 元"}, spending=spent) == "11,000.00"
    assert less({"deduction": "work_cost", "amount": "100 元"}) == "10,800.00"
    assert less({"deduction": "work_cost", "amount": "100 元", "when": {"group": "disabled"}}) == "12,000.00"
    assert less({**medical}, spending=[{"item": "medical", "amount": "50000", **YEAR}]) == "0.00"
    rules = rules_of(LINE, {**ACCOUNT, "deductions": [{"deduction": "work_cost", "times": "30%", "line": "dibao"}]})
    case = home({"id": "a", "groups": [], "income": [wage]})
    assert str(rules.assess(case)["account.income"]) == "10,200.00"  # 30 % of 500 × 12


def test_members_who_do_not_count() -> None:
    rules = dibao({"except_groups": ["soldier"]})
    soldier = {**person("b", "3000"), "groups": ["soldier"]}
    assert pays(rules, home(person("a", "300"), soldier)) == "200.00"


def test_what_the_household_bore_of_its_claims_is_deducted() -> None:
    cascade = pp.Cascade([pp.Layer(layer="basic", rate="70%", source="二")])
    account = {**ACCOUNT, "deductions": [{"deduction": "medical", "health": True}]}
    rules = rules_of(account, cascade=cascade)
    bill = {"date": "2021-05-31", "kind": "inpatient", "cost": {"in_scope": "1000"}}
    wage = {"item": "wage", "amount": "12000", **YEAR}
    with pytest.raises(pp.InputError, match="outside the rules' days"):
        rules.assess(home({"id": "a", "groups": [], "income": [wage], "claims": [{**bill, "date": "2020-05-31"}]}))
    for day, left in (("2021-05-31", "11,700.00"), ("2021-06-01", "12,000.00")):
        case = home({"id": "a", "groups": [], "income": [wage], "claims": [{**bill, "date": day}]})
        assert str(rules.assess(case)["account.income"]) == left


# --- groups, benefits -------------------------------------------------------------------------------------


def test_a_result_stands_in_for_a_status_and_health_layers_see_it() -> None:
    cascade = pp.Cascade([pp.Layer(layer="basic", rate={"low_income": "90%", "default": "60%"}, source="二")])
    low = {"group": "low_income", "when": {"income": "income", "below": "dibao"}}
    rules = rules_of(LINE, ACCOUNT, low, cascade=cascade)
    bill = {"date": "2021-06-01", "kind": "inpatient", "cost": {"in_scope": "1000"}}

    def paid(wage: str, **facts: Any) -> str:
        return str(rules.assess(home({**person("a", wage), "claims": [bill]}, **facts))["health.basic"])

    assert paid("499.99") == "900.00"
    assert paid("500") == "600.00"
    assert paid("100", records_complete=None) == "600.00"  # not known: only the status counts
    by_status = {**person("a", "9000"), "groups": ["low_income"], "claims": [bill]}
    assert str(rules.assess(home(by_status))["health.basic"]) == "900.00"


def test_a_circle_is_refused_and_named() -> None:
    cascade = pp.Cascade([pp.Layer(layer="basic", rate={"low_income": "90%", "default": "60%"}, source="二")])
    account = {**ACCOUNT, "deductions": [{"deduction": "medical", "health": True}]}
    low = {"group": "low_income", "when": {"income": "income", "below": "dibao"}}
    with pytest.raises(pp.RuleError, match=r"in a circle: .*(health|group\.low_income|account\.income)"):
        rules_of(LINE, account, low, cascade=cascade)


LABEL = {"label": {"zh": "补助", "en": "grant"}}


def benefit(*stated: dict[str, Any], **facts: Any) -> str | bool | None:
    rules = rules_of(*({**LABEL, "when": {"fact": "trainee", "is": True}, **one} for one in stated))
    case = home({"id": "a", "groups": ["tekun"], "facts": {"trainee": True, **facts}})
    found = rules.assess(case)[f"benefit.{stated[-1]['benefit']}"]
    if isinstance(found, bool) or found is None:
        return found
    return "unknown" if isinstance(found, pp.Unknown) else str(found)


def test_benefits() -> None:
    assert (
        benefit({"benefit": "x", "amount": "1000 元", "per": "once", "times": "certificates"}, certificates=2)
        == "2,000.00"
    )
    assert benefit({"benefit": "x", "amount": "1000 元"}, trainee=False) is None
    assert benefit({"benefit": "x", "amount": "1000 元"}, trainee=None) == "unknown"
    share = {"benefit": "x", "share": {"tekun": "100%", "default": "50%"}, "fact": "premium"}
    assert benefit(share, premium="280.01 元") == "280.01"
    assert benefit(share) == "unknown"
    loan = {"benefit": "x", "share": "4.35%", "fact": "loan", "base_at_most": "10000 元"}
    assert benefit(loan, loan="20000 元") == "435.00"
    assert benefit({"benefit": "x", "in_kind": {"zh": "免费", "en": "free"}}) is True
    one, two = {"benefit": "one", "amount": "300 元"}, {"benefit": "two", "amount": "500 元"}
    assert benefit(one, {**two, "instead_of": ["benefit.one"]}) is None
    assert benefit(one, {**two, "beyond": ["benefit.one"]}) == "200.00"
    assert benefit({**one, "amount": "600 元"}, {**two, "beyond": ["benefit.one"]}) == "0.00"
    assert benefit({**one, "at_most": "250 元"}) == "250.00"


def test_a_benefit_of_a_person_may_hang_on_what_the_household_is_paid() -> None:
    heating = {"benefit": "heating", "label": {"zh": "取暖", "en": "heating"}, "amount": "10 元", "per": "month",
               "when": {"result": "allowance.dibao"}}  # fmt: skip
    rules = rules_of(LINE, ACCOUNT, ALLOWANCE, heating)
    for wage, expected in (("0", "20.00"), ("9999", None)):
        outcome = rules.assess(home(person("a", wage), person("b")))
        assert pays(rules, home(person("a", wage), person("b")), "benefit.heating") == expected
        assert ("取暖" in outcome.statement("zh")) == (expected is not None)
        assert outcome.to_dict()


def test_payers_add_up() -> None:
    rules = rules_of({**LABEL, "benefit": "x", "amount": "100.01 元", "payers": {"government": "50%", "town": "50%"}})
    steps = decision(rules.assess(home(person("a"))), "benefit.x").steps
    assert (steps["payer.government"], steps["payer.town"]) == (5001, 5000)


# --- criteria ---------------------------------------------------------------------------------------------

VILLAGE = {"criteria": "village_exit", "of": "village"}


def village(test: dict[str, Any], **facts: Any) -> bool | str | None:
    case = {"level": "village", "on": "2021-06-15", "facts": facts}
    return told(rules_of({**VILLAGE, "test": test}), case, "criteria.village_exit")


@pytest.mark.parametrize(
    ("sign", "threshold", "passes"),
    [
        ("at_least", 10, (10, 11)),
        ("above", 10, (11,)),
        ("at_most", 10, (9, 10)),
        ("below", 10, (9,)),
        ("equals", 10, (10,)),
    ],
)
def test_each_sign_around_its_threshold(sign: str, threshold: int, passes: tuple[int, ...]) -> None:
    for value in (9, 10, 11):
        assert village({"fact": "main_industries", sign: threshold}, main_industries=value) is (value in passes)
        money = village({"fact": "collective_income", sign: "0.10 元"}, collective_income=f"{value / 100:.2f}")
        assert money is (value in passes)


def test_ratios_are_compared_without_dividing() -> None:
    test = {"fact": "poor_persons", "share_of": "population", "below": "3%"}
    assert [village(test, poor_persons=n, population=1001) for n in (30, 31)] == [True, False]  # 30.03
    assert village(test, poor_persons=0, population=0) == "unknown"
    assert village(test, poor_persons=1) == "unknown"
    per = {"fact": "collective_income", "per": "population", "at_least": "10 元"}
    assert [village(per, collective_income=f"{yuan} 元", population=3) for yuan in ("29.99", "30")] == [False, True]


def test_enough_of_several_options_and_days() -> None:
    test = {"some": [{"fact": "power", "is": True}, {"fact": "paved_road", "is": True, "weight": 2}], "least": 2}
    assert village(test, paved_road=True) is True
    assert village(test, power=True) == "unknown"
    assert village(test, power=True, paved_road=False) is False
    grade = {"fact": "housing_grade", "one_of": ["A", "B"], "choices": ["A", "B", "C"]}
    assert [village(grade, housing_grade=one) for one in ("B", "C", None)] == [True, False, "unknown"]
    with pytest.raises(pp.InputError, match="no option called 'D'"):
        village(grade, housing_grade="D")
    since = {"months_since": "risk_ended_on", "at_least": 6}
    assert [village(since, risk_ended_on=day) for day in ("2020-12-15", "2020-12-16")] == [True, False]
    with pytest.raises(pp.InputError, match="after the day of the assessment"):
        village(since, risk_ended_on="2021-06-16")


def test_zones_go_by_place() -> None:
    test = {"fact": "poor_persons", "share_of": "population", "below": {"default": "2%", "west": "3%"}}
    zones = {"west": pp.Zone(zh="西部", en="west", places=("54", "62"))}
    rules = rules_of({**VILLAGE, "test": test}, zones=zones)
    case = {"level": "village", "on": "2021-06-15", "facts": {"poor_persons": 25, "population": 1000}}
    assert told(rules, case, "criteria.village_exit") is True  # the rules are those of 540000
    assert told(rules, {**case, "place": "410000"}, "criteria.village_exit") is False


def test_out_of_scope_is_neither() -> None:
    rules = rules_of(
        {"criteria": "exit", "applies": {"group": "registered_poor"}, "test": {"fact": "food", "is": True}}
    )
    assert told(rules, home(person("a"), facts={"food": True}), "criteria.exit") is None
    assert told(rules, home(person("a", groups=["registered_poor"]), facts={"food": True}), "criteria.exit") is True


def test_unknown_refuses_to_be_a_truth() -> None:
    found = rules_of({"criteria": "exit", "test": {"fact": "food", "is": True}}).assess(home(person("a")))[
        "criteria.exit"
    ]
    assert isinstance(found, pp.Unknown)
    assert [one.what for one in found.missing] == ["food"]
    with pytest.raises(TypeError, match="neither true nor false; missing"):
        bool(found)


# --- what is wrong ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"criteria": "exit", "test": {}}, "states exactly one of"),
        ({"criteria": "exit", "test": {"fact": "food", "is": True, "group": "dibao"}}, "states exactly one of"),
        ({"criteria": "exit", "test": {"fact": "food"}}, "takes one comparison"),
        ({"criteria": "exit", "test": {"income": "income", "below": "500 元"}}, "must be of kind line"),
        ({"criteria": "exit", "test": {"some": [{"group": "dibao"}], "least": 2}}, "weigh 1 only"),
        ({"criteria": "exit", "test": {"fact": "food", "one_of": ["a"]}}, "one_of goes with choices"),
        ({**LINE, "of": "tekun"}, "exactly one of amount and of"),
        ({**ALLOWANCE, "pays": "class"}, "go together"),
        ({**ALLOWANCE, "line": None}, "state line and account"),
        ({"benefit": "x", "amount": "1 元", "share": "1%"}, "state one of amount, share and in_kind"),
        ({**ACCOUNT, "months": 5}, "months: must be 1, 2, 3, 4, 6 or 12"),
        ({**ACCOUNT, "ends": "02-30"}, "no such day"),
    ],
)
def test_malformed_provisions(data: dict[str, Any], says: str) -> None:
    with pytest.raises(pp.RuleError, match=says):
        provision(data)


def test_all_faults_of_a_scheme_come_together() -> None:
    with pytest.raises(pp.RuleError) as caught:
        rules_of(
            {"criteria": "exit", "test": {"all": [{"fact": "fod", "is": True}, {"income": "incom", "above": "dibo"}]}},
            {"line": "mine", "per": "year", "amount": {"urbn": "1 元", "default": "2 元"}},
        )
    text = caught.value.text("en")
    for said in (
        "no fact called 'fod'; did you mean 'food'",
        "account.incom",
        "line.dibo",
        "'urbn'",
        "needs|no standard",
    ):
        assert any(part in text for part in said.split("|")), said


def test_a_fact_is_one_kind_of_thing() -> None:
    tests = [{"fact": "cars", "above": 0}, {"fact": "cars", "is": True}]
    with pytest.raises(pp.RuleError, match="'cars' is a count in one place and a truth in another"):
        rules_of({"criteria": "exit", "test": {"all": tests}})


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"food": "yes"}, "must be true or false"),
        ({"cars": 1.5}, "must be a whole number"),
        ({"cars": -1}, "outside the range"),
        ({"foods": True}, "did you mean 'food'"),
    ],
)
def test_malformed_facts(facts: dict[str, Any], says: str) -> None:
    rules = rules_of(
        {"criteria": "exit", "test": {"all": [{"fact": "food", "is": True}, {"fact": "cars", "at_most": 0}]}}
    )
    with pytest.raises(pp.InputError, match=says):
        rules.assess(home(person("a"), facts=facts))


def test_a_fact_of_a_person_is_not_one_of_the_household() -> None:
    rules = rules_of({"criteria": "exit", "test": {"any_member": {"fact": "pension", "is": True}}})
    with pytest.raises(pp.InputError, match="the rules ask this of a person"):
        rules.assess(home(person("a"), facts={"pension": True}))


def test_json_and_statement() -> None:
    outcome = dibao().assess(home(person("a", "400"), id="户1"))
    data = outcome.to_dict()
    assert data["results"]["allowance.dibao"] == "100.00"
    assert data["unknown"] == []
    assert [one["name"] for one in data["decisions"]] == ["line.dibao", "account.income", "allowance.dibao"]
    sheet = outcome.statement("zh")
    assert "每月 100.00 元" in sheet
    assert "✓ 人均收入低于" in sheet
    assert "100.00 yuan a month" in outcome.statement("en")


def test_references_to_what_has_no_amount_or_verdict() -> None:
    with pytest.raises(pp.RuleError, match=r"line\.dibao is nothing that is met or not"):
        rules_of(LINE, {"criteria": "exit", "test": {"result": "line.dibao"}})
    kind = {**LABEL, "benefit": "x", "in_kind": {"zh": "免费", "en": "free"}}
    with pytest.raises(pp.RuleError, match=r"benefit\.x comes to no amount"):
        rules_of(kind, {**ACCOUNT, "results": {"benefit.x": "counted"}})
    with pytest.raises(pp.RuleError, match="must be of kind line"):
        provision({"criteria": "exit", "test": {"income": "income", "below": "unspecified"}})


def test_an_assessment_without_claims_has_none() -> None:
    assert dibao().assess(home(person("a"))).claims == ()


def test_decisions_in_a_spreadsheet() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    from poverty_policy.assessment.workbook import workbook

    outcome = dibao(requires=[{"fact": "local_household", "is": True}]).assess(home(person("=1+1", "400"), id="=2+2"))
    book = openpyxl.load_workbook(io.BytesIO(workbook(outcome, "en")))
    rows = list(book["decisions"].iter_rows(values_only=True))
    found = {row[3]: row for row in rows[1:]}
    assert found["allowance.dibao"][5:7] == ("unknown", "registered locally")
    assert found["allowance.dibao"][1] == "=2+2"
    assert {cell.data_type for line in book["decisions"] for cell in line} <= {"s", "inlineStr", "n"}  # no formula
    met = {row[3]: row[5] for row in book["indicators"].iter_rows(values_only=True)}
    assert met["requires.1.local_household"] == "unknown"


def test_a_line_never_passes_another() -> None:
    low = {"line": "marginal", "per": "month", "of": "dibao", "times": "150%", "at_most": "minimum_wage"}
    wage = {"line": "minimum_wage", "per": "year", "amount": "7200 元"}
    outcome = rules_of(LINE, wage, low).assess(home(person("a")))
    assert str(outcome["line.marginal"]) == "600.00"  # 750, but never more than 7,200 ÷ 12
    high = {"line": "tekun", "per": "month", "of": "dibao", "times": "110%", "at_least": "minimum_wage"}
    assert str(rules_of(LINE, wage, high).assess(home(person("a")))["line.tekun"]) == "600.00"
    lag = {"line": "poverty", "per": "year", "of": "series.poverty_line", "years_before": 1}
    figures = {"series": "poverty_line", "figures": {2020: "4000 元", 2021: "5000 元"}}
    assert str(rules_of(figures, lag).assess(home(person("a")))["line.poverty"]) == "4,000.00"


def test_what_cannot_be_deducted_any_more_is_shown() -> None:
    rules = rules_of({**ACCOUNT, "deductions": [{"deduction": "medical", "items": ["medical"]}]})
    spent = [{"item": "medical", "amount": "2000", **YEAR}]
    outcome = rules.assess(home({**person("a", "100"), "spending": spent}))
    steps = decision(outcome, "account.income").steps
    assert (steps["counted"], steps["deductible"], steps["deducted"], steps["result"]) == (120_000, 200_000, 120_000, 0)
    assert "可扣减 2,000.00，收入不足，实扣 1,200.00" in outcome.statement("zh")


def test_an_amount_by_age_is_not_known_without_a_birth_date() -> None:
    child = {**LABEL, "benefit": "x", "amount": {"age < 18": "50 元", "default": "10 元"}}
    rules = rules_of(child)
    for born, expected in (("2003-06-16", "50.00"), ("2003-06-15", "10.00"), (None, "unknown")):
        assert pays(rules, home(person("a", birth_date=born)), "benefit.x") == expected


def test_a_figure_left_open_stays_exact() -> None:
    crop = {"item": "farming", "amount": "1000", **YEAR}
    assert income({"items": {"farming": {"cost": "unspecified"}}}, crop) == "unknown"
    assert income({"items": {"wage": {"share": "unspecified"}}}, {**crop, "item": "wage"}) == "unknown"
