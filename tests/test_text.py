"""The text reader: small formulas word for word, and every step of real cascades."""

from __future__ import annotations

import inspect
import re

import pytest

from poverty_policy.errors import Lang
from poverty_policy.formula import graph as g
from poverty_policy.formula import text
from poverty_policy.formula.measures import Unit
from poverty_policy.formula.text import latex, words
from poverty_policy.policy.cascade import describe
from poverty_policy.policy.reimbursement import Cascade, Guarantee, Layer, Waiver

YEAR = g.whole("benefit_year", "claim", 1, 9999)
COST = g.whole("cost", "claim", 0, 10**9)
OTHER = g.whole("other_cost", "claim", 0, 10**9)
AGE = g.whole("age", "claim", 0, 150)
SHARE = g.whole("share", "claim", 0, 10_000)
POOR = g.truth("poor", "claim")
ALONE = g.truth("alone", "claim")
LEVEL = g.category("level", "claim", ("county", "city", "province"))
CALLED = {
    "cost": ("费用", "cost"), "other_cost": ("其他费用", "other cost"), "age": ("年龄", "age"),
    "share": ("比例", "share"), "poor": ("贫困人口", "registered poor"), "alone": ("独居", "living alone"),
    "level": ("级别", "level"), "county": ("县级", "county"), "city": ("市级", "city"),
    "base": ("计入费用", "amount counted"), "deductible": ("起付线", "deductible"),
}  # fmt: skip
RATES = {"share", "rate", "pays", "fill_rate", "repeat_factor", "uplift"}


class Names:
    """A wording that has words for everything, and can be told the unit of a step."""

    def __init__(self, unit: Unit | None = None) -> None:
        self.of_steps = unit

    def step(self, name: str, lang: Lang) -> str:
        last = name.split(".")[-1]
        return CALLED.get(last, ("某一步", "some step"))[lang == "en"]

    def fact(self, node: g.Input, lang: Lang) -> str:
        return CALLED.get(node.name, ("某事实", "some fact"))[lang == "en"]

    def option(self, node: g.Input, option: str, lang: Lang) -> str:
        return CALLED.get(option, ("某选项", "some option"))[lang == "en"]

    def unit(self, node: g.Input) -> Unit:
        if node.name in RATES:
            return "rate"
        money = node.name in ("cost", "other_cost") or node.name.startswith(("cost.", "charge.", "observed."))
        return "money" if money else "number"

    def step_unit(self, name: str) -> Unit | None:
        parts = {part for part in name.split(".") if not part.isdigit()}
        return self.of_steps or ("rate" if parts & RATES else None)


def read(node: g.Node, **named: g.Node) -> tuple[str, str, str]:
    program = g.Program({**named, "it": node}, ("it",))
    names = Names()
    return words(program, "it", names, "zh"), words(program, "it", names, "en"), latex(program, "it", names)


BASE = g.add(COST, OTHER)
HEADS = g.greatest(g.const(1), g.total(g.const(1), "household", "person"))
WORTH = g.whole("cost", "household", -(10**9), 10**9)
LINE = g.choose(POOR, g.const(750_000), g.const(1_500_000))

EXAMPLES = {
    "named steps": (
        g.sub(BASE, g.least(LINE, BASE)),
        "计入费用 − （起付线与计入费用中的较小者）",
        "amount counted − (the lesser of deductible and amount counted)",
        r"\text{计入费用} - \min\left(\text{起付线},\; \text{计入费用}\right)",
    ),
    "product": (
        g.rounded(g.mul(BASE, g.const(8_000))),
        "计入费用 × 80%，四舍五入到分",
        "amount counted × 80%, rounded half up to the fen",
        r"\operatorname{round}_{\text{分}}\left(\text{计入费用} \times 80\%\right)",
    ),
    "precedence": (
        g.rounded(g.mul(g.sub(COST, g.sub(OTHER, g.const(123_456))), SHARE), "down", unit=100),
        "（费用 − （其他费用 − 1,234.56元）） × 比例，舍到元",
        "(cost − (other cost − 1,234.56 yuan)) × share, rounded down to the yuan",
        r"\left\lfloor \left(\text{费用} - \left(\text{其他费用} - 1{,}234.56\,\text{元}\right)\right)"
        r" \times \text{比例} \right\rfloor_{\text{元}}",
    ),
    "rounding up": (
        g.rounded(COST, "up", scale=1, unit=1_000),
        "费用，进到十元",
        "cost, rounded up to ten yuan",
        r"\left\lceil \text{费用} \right\rceil_{\text{十元}}",
    ),
    "division": (
        g.rounded(g.mul(COST, SHARE), scale=120_000),
        "费用 × 比例 ÷ 12，四舍五入到分",
        "cost × share ÷ 12, rounded half up to the fen",
        r"\operatorname{round}_{\text{分}}\left({\frac{\text{费用} \times \text{比例}}{12}}\right)",
    ),
    "division by a formula": (
        g.divided(WORTH, HEADS),
        "费用 ÷ （全家的人数与1中的较大者），四舍五入到分",
        "cost ÷ (the greater of number of the household's persons and 1), rounded half up to the fen",
        r"\operatorname{round}_{\text{分}}\left({\frac{\text{费用}}{\max\left(\sum_{\text{各人}} 1,\; 1\right)}}"
        r"\right)",
    ),
    "division of a sum by a product": (
        g.divided(g.add(COST, OTHER, g.const(5_000)), g.mul(AGE, g.const(12)), "down", unit=100),
        "（费用 ＋ 其他费用 ＋ 50元） ÷ （年龄 × 12），舍到元",
        "(cost + other cost + 50 yuan) ÷ (age × 12), rounded down to the yuan",
        r"\left\lfloor {\frac{\text{费用} + \text{其他费用} + 50\,\text{元}}{\text{年龄} \times 12}}"
        r" \right\rfloor_{\text{元}}",
    ),
    "a quotient inside a product": (
        g.mul(g.divided(COST, g.choose(POOR, g.const(2), AGE), "up"), g.divided(COST, OTHER)),
        "（费用 ÷ （若 贫困人口：2；否则：年龄），进到分） × （费用 ÷ 其他费用，四舍五入到整数）",
        "(cost ÷ (if registered poor: 2; otherwise: age), rounded up to the fen)"
        " × (cost ÷ other cost, rounded half up to a whole number)",
        r"\left\lceil {\frac{\text{费用}}{\begin{cases} 2 & \text{若}\ \text{贫困人口} \\ \text{年龄} & \text{否则}"
        r" \end{cases}}} \right\rceil_{\text{分}} \times"
        r" \operatorname{round}_{\text{整数}}\left({\frac{\text{费用}}{\text{其他费用}}}\right)",
    ),
    "a quotient compared": (
        g.compare("<", g.divided(COST, HEADS), g.const(300_000)),
        "（费用 ÷ （全家的人数与1中的较大者），四舍五入到分）小于3,000元",
        "(cost ÷ (the greater of number of the household's persons and 1), rounded half up to the fen)"
        " is below 3,000 yuan",
        r"\operatorname{round}_{\text{分}}\left({\frac{\text{费用}}{\max\left(\sum_{\text{各人}} 1,\; 1\right)}}"
        r"\right) < 3{,}000\,\text{元}",
    ),
    "a total over a county's townships": (
        g.total(g.total(WORTH, "township", "household"), "county", "township"),
        "全县各乡镇的全乡镇各户的费用之和之和",
        "sum of sum of cost over the township's households over the county's townships",
        r"\sum_{\text{各乡镇}} \sum_{\text{各户}} \text{费用}",
    ),
    "points by age": (
        g.rounded(g.mul(COST, g.add(SHARE, g.mul(g.greatest(g.ZERO, g.sub(AGE, g.const(60))), g.const(100))))),
        "费用 × （比例 ＋ （（年龄 − 60）与0中的较大者） × 1%），四舍五入到分",
        "cost × (share + (the greater of (age − 60) and 0) × 1%), rounded half up to the fen",
        r"\operatorname{round}_{\text{分}}\left(\text{费用} \times \left(\text{比例} +"
        r" \max\left(\text{年龄} - 60,\; 0\right) \times 1\%\right)\right)",
    ),
    "a hundred per cent": (
        g.sub(g.mul(COST, g.const(9_000)), g.mul(g.sub(COST, OTHER), g.const(10_000))),
        "费用 × 90% − （费用 − 其他费用）",
        "cost × 90% − (cost − other cost)",
        r"\text{费用} \times 90\% - \left(\text{费用} - \text{其他费用}\right)",
    ),
    "an open figure": (
        g.least(COST, g.unknown("health.basic.deductible", 10**11)),
        "费用与未定中的较小者",
        "the lesser of cost and unspecified",
        r"\min\left(\text{费用},\; \text{unspecified}\right)",
    ),
    "cases": (
        g.choose(POOR, g.const(0), g.choose(g.is_one_of(LEVEL, ["county"]), COST, g.const(10**15))),
        "若 贫困人口：0元；否则若 级别为县级：费用；否则：不封顶",
        "if registered poor: 0 yuan; otherwise, if level is county: cost; otherwise: no cap",
        r"\begin{cases} 0\,\text{元} & \text{若}\ \text{贫困人口} \\ \text{费用} & \text{若}\ \text{级别} ="
        r" \text{县级} \\ \infty & \text{否则} \end{cases}",
    ),
    "conditions": (
        g.all_hold(g.any_holds(POOR, g.negate(ALONE)), g.compare("<=", g.const(60), AGE)),
        "（贫困人口 或 并非独居） 且 年龄不低于60",
        "(registered poor or not living alone) and age is at least 60",
        r"\left(\text{贫困人口} \lor \lnot \text{独居}\right) \land \text{年龄} \ge 60",
    ),
    "negations": (
        g.all_hold(
            g.negate(g.compare("<", COST, g.const(5_000))), g.negate(g.is_one_of(LEVEL, ["county", "city"]))
        ),
        "费用不低于50元 且 级别不为县级或市级",
        "cost is at least 50 yuan and level is not county or city",
        r"\text{费用} \ge 50\,\text{元} \land \text{级别} \notin \left\{\text{县级},\; \text{市级}\right\}",
    ),
    "bands": (
        g.rounded(g.bands(g.ZERO, COST, [0, 5_000_000], [g.const(5_000), SHARE])),
        "（费用中，0至50,000元部分×50% ＋ 50,000元以上部分×比例），四舍五入到分",
        "(of cost: 50% × the part from 0 to 50,000 yuan + share × the part above 50,000 yuan),"
        " rounded half up to the fen",
        r"\operatorname{round}_{\text{分}}\left(\begin{aligned} & 50\% \times \left|\left(0\,\text{元},\;"
        r" \text{费用}\right] \cap \left(0\,\text{元},\; 50{,}000\,\text{元}\right]\right| \\ & + \text{比例}"
        r" \times \left|\left(0\,\text{元},\; \text{费用}\right] \cap \left(50{,}000\,\text{元},\;"
        r" \infty\right)\right| \end{aligned}\right)",
    ),
    "slice": (
        g.slice_of(OTHER, COST, 100, 5_000_000),
        "从其他费用到费用的一段中1至50,000元部分",
        "the part from 1 to 50,000 yuan of the stretch from other cost to cost",
        r"\left|\left(\text{其他费用},\; \text{费用}\right] \cap \left(1\,\text{元},\;"
        r" 50{,}000\,\text{元}\right]\right|",
    ),
    "year to date": (
        g.running(g.sub(COST, OTHER), YEAR),
        "本年累计（费用 − 其他费用）",
        "sum so far this year (cost − other cost)",
        r"\sum_{j\le k} \left(\text{费用} - \text{其他费用}\right)_{j}",
    ),
    "times this year": (
        g.running(g.choose(POOR, g.const(1), g.ZERO), YEAR, LEVEL),
        "本年同一级别符合“贫困人口”的次数",
        "number of claims this year for the same level where (registered poor)",
        r"\sum_{\substack{j\le k \\ \text{同一级别}}} \left[\text{贫困人口}\right]_{j}",
    ),
    "yearly limit": (
        g.within(COST, g.const(1_000_000), YEAR),
        "费用在本年限额（10,000元）内的部分",
        "the part of cost within the limit this year (10,000 yuan)",
        r"\min\left(\sum_{j\le k} \text{费用}_{j},\; 10{,}000\,\text{元}\right) -"
        r" \min\left(\sum_{j<k} \text{费用}_{j},\; 10{,}000\,\text{元}\right)",
    ),
    "accrual": (
        g.accrual(g.mul(COST, SHARE), YEAR),
        "本年累计（费用 × 比例）四舍五入到分后，减去本次之前的同一数",
        "sum so far this year (cost × share) rounded half up to the fen, less the same figure before this claim",
        r"\operatorname{round}_{\text{分}}\left(\sum_{j\le k} \left(\text{费用} \times \text{比例}\right)_{j}"
        r"\right) - \operatorname{round}_{\text{分}}\left(\sum_{j<k} \left(\text{费用} \times"
        r" \text{比例}\right)_{j}\right)",
    ),
    "peak": (
        g.peak(g.sub(COST, OTHER), YEAR, scale=1),
        "本年累计（费用 − 其他费用）历次最高值（最低为0）四舍五入到分后，减去本次之前的同一数",
        "highest sum so far this year (cost − other cost), at least 0, rounded half up to the fen,"
        " less the same figure before this claim",
        r"\operatorname{round}_{\text{分}}\left(\max_{0\le m\le k} \sum_{j\le m} \left(\text{费用} -"
        r" \text{其他费用}\right)_{j}\right) - \operatorname{round}_{\text{分}}\left(\max_{0\le m<k}"
        r" \sum_{j\le m} \left(\text{费用} - \text{其他费用}\right)_{j}\right)",
    ),
    "sums of sums": (
        g.running(g.sub(COST, g.running(OTHER, YEAR)), YEAR),
        "本年累计（费用 − 本年累计（其他费用））",
        "sum so far this year (cost − sum so far this year (other cost))",
        r"\sum_{j\le k} \left(\text{费用} - \sum_{i\le j} \text{其他费用}_{i}\right)_{j}",
    ),
    "total": (
        g.total(COST, "person", "claim"),
        "本人各笔费用的费用之和",
        "sum of cost over the person's claims",
        r"\sum_{\text{各笔费用}} \text{费用}",
    ),
    "count": (
        g.count(POOR, "person", "claim"),
        "本人符合“贫困人口”的费用笔数",
        "number of the person's claims where (registered poor)",
        r"\sum_{\text{各笔费用}} \left[\text{贫困人口}\right]",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", EXAMPLES)
def test_worked_examples(case: str) -> None:
    node, zh, en, tex = EXAMPLES[case]
    named = {"base": BASE, "deductible": LINE} if case in ("named steps", "product") else {}
    shown = read(node, **named)
    assert shown == (zh, en, tex)


def test_a_name_that_needs_escapes() -> None:
    class Odd(Names):
        def fact(self, node: g.Input, lang: Lang) -> str:
            return "50%_{a} & b"

    program = g.Program({"it": g.add(COST, OTHER)}, ("it",))
    one = r"{\text{50} \% \_ \{ \text{a} \} \text{ } \& \text{ b}}"
    assert latex(program, "it", Odd()) == f"{one} + {one}"


@pytest.mark.parametrize(
    ("unit", "zh", "tex"),
    [("money", "80元", r"80\,\text{元}"), ("rate", "80%", r"80\%"), ("number", "8,000", "8{,}000")],
)
def test_a_constant_step_takes_the_unit_its_name_has(unit: Unit, zh: str, tex: str) -> None:
    program = g.Program({"it": g.const(8_000), "paid": g.least(COST, g.const(8_000))}, ("it",))
    assert words(program, "it", Names(unit), "zh") == zh
    assert latex(program, "it", Names(unit)) == tex
    assert words(program, "it", Names(), "zh") == "80元"  # it is compared with money elsewhere


def test_constants_in_a_quotient_are_what_its_other_part_makes_them() -> None:
    by_case = g.choose(POOR, g.const(5_000), g.const(10_000))
    zh, *_ = read(g.add(COST, g.divided(g.mul(COST, SHARE), by_case)))
    assert zh == "费用 ＋ （费用 × 比例 ÷ （若 贫困人口：50%；否则：100%），四舍五入到分）"
    zh, *_ = read(g.add(COST, g.divided(by_case, AGE)))
    assert zh == "费用 ＋ （（若 贫困人口：50元；否则：100元） ÷ 年龄，四舍五入到分）"
    zh, *_ = read(g.add(COST, g.divided(g.mul(by_case, g.const(10_000)), SHARE)))
    assert zh == "费用 ＋ （（若 贫困人口：50元；否则：100元） ÷ 比例，四舍五入到分）"


def test_steps_that_are_the_same_formula() -> None:
    program = g.Program({"base": BASE, "it": BASE, "a": LINE, "a.x": LINE, "b": g.least(LINE, COST)}, ("it",))
    assert words(program, "base", Names(), "zh") == "费用 ＋ 其他费用"
    assert words(program, "it", Names(), "zh") == "计入费用"
    # equal tables say what they are, not what another step calls them
    assert words(program, "a.x", Names(), "zh") == "若 贫困人口：7,500元；否则：15,000元"


def test_what_is_long_and_stands_twice_is_given_a_letter() -> None:
    counted = g.choose(g.any_holds(POOR, ALONE), g.sub(COST, OTHER), g.const(100_000))
    zh, en, tex = read(g.sub(g.mul(counted, SHARE), g.mul(counted, g.const(10_000))))
    assert zh == "甲 × 比例 − 甲，其中\n甲 ＝ 若 贫困人口 或 独居：费用 − 其他费用；否则：1,000元"
    assert en == (
        "A × share − A, where\nA = if registered poor or living alone: cost − other cost; otherwise: 1,000 yuan"
    )
    assert tex == (
        r"\begin{aligned} & A \times \text{比例} - A \\ & A = \begin{cases} \text{费用} - \text{其他费用} &"
        r" \text{若}\ \text{贫困人口} \lor \text{独居} \\ 1{,}000\,\text{元} & \text{否则} \end{cases} \end{aligned}"
    )


def test_a_formula_stays_short_however_much_its_parts_share() -> None:
    node: g.Node = COST
    for edge in range(1, 40):
        node = g.add(node, g.least(node, g.sub(g.const(edge), g.mul(node, SHARE))))
    assert all(len(shown) < 10_000 for shown in read(node))


def test_unknown_steps_are_refused() -> None:
    with pytest.raises(KeyError):
        words(g.Program({}, ()), "it", Names(), "zh")


def test_every_kind_of_node_is_read() -> None:
    kinds = {cls for _, cls in inspect.getmembers(g, inspect.isclass) if issubclass(cls, g.Node)} - {g.Node}
    shown = {type(node) for node, *_ in EXAMPLES.values() for node in g.walk([node])}
    assert kinds - shown == set()
    source = inspect.getsource(text._Reader.piece)
    assert [kind.__name__ for kind in kinds if f"g.{kind.__name__}(" not in source] == []


# --- real cascades ----------------------------------------------------------------------------------------

CASCADE = Cascade(
    [
        Waiver(waiver="fee_waiver", charges={"registration": "100%", "bed": "20%"}, when={"groups": "dibao"}),
        Layer(
            layer="basic", deductible={"township": "200 元", "county": "400 元", "default": "1000 元"},
            rate={"township": "90%", "default": "70%"}, uplift={"dibao": "5 points"},
            age_uplift={"over": 60, "per_year": "1%"}, uplift_ceiling="95%", per="claim", cap="150000 元",
            repeat={"factors": ["100%", "50%"], "counted": "same_facility_level", "yearly_ceiling": "1500 元"},
            cuts=[{"when": {"referrals": "not_referred"}, "points": "20 points"},
                  {"when": {"areas": "out_of_province"}, "payment": "80%"}],
            payers={"fund": "80%", "government": "20%"},
        ),
        Layer(
            layer="critical_illness", per="year", counts={"in_scope": "100%", "category_b_first": "50%"},
            deductible={"default": "15000 元", "registered_poor": "7500 元"}, cap="none",
            bands={"measured_from": "deductible", "edges": [
                {"up_to": "50000 元", "rate": {"default": "50%", "registered_poor": "80%"}},
                {"up_to": "100000 元", "rate": "60%"}, {"rate": "70%"}]},
        ),
        Layer(
            layer="supplementary", less=["critical_illness.over_cap"], rounding="10 yuan up",
            bands={"measured_from": "zero", "mode": "whole_amount", "edges": [
                {"up_to": "3000 元", "rate": "30%"}, {"rate": "40%"}]},
            caps=[{"amount": "50000 元", "per": "disease_year"}, {"amount": "80000 元", "on": "base"}],
        ),
        Layer(layer="medical_assistance", observed=True),
        Guarantee(guarantee="bottom_line", fill_to="90%", per="year", when={"groups": "registered_poor"}),
        Guarantee(guarantee="tilt_assistance", ceiling={"county": "3000 元", "default": "5000 元"}, pays="80%"),
    ]
)  # fmt: skip
PROGRAM = describe(CASCADE, 5 * 10**8)
LETTERS = re.compile(r"[A-Za-z_]+\.[A-Za-z_]+|benefit_year|disease_name")


@pytest.mark.parametrize("name", PROGRAM.steps)
def test_every_step_of_a_cascade_can_be_read(name: str) -> None:
    zh, en = (words(PROGRAM, name, Names(), lang) for lang in ("zh", "en"))
    assert not re.search("[A-Za-z_]", zh), zh
    assert not LETTERS.search(en)
    assert not re.search("[\u4e00-\u9fff（），：；]", en)
    assert zh.count("（") == zh.count("）")
    assert en.count("(") == en.count(")")
    for lang in ("zh", "en"):
        tex = latex(PROGRAM, name, Names(), lang)
        assert not LETTERS.search(tex)
        assert len(re.findall(r"\\left\b", tex)) == len(re.findall(r"\\right\b", tex))
        begun, ended = (sorted(re.findall(rf"\\{word}{{(\w+)}}", tex)) for word in ("begin", "end"))
        assert begun == ended
        assert _balanced(re.sub(r"\\[{}]", "", tex))


def _balanced(tex: str) -> bool:
    depth = 0
    for sign in tex:
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            return False
    return depth == 0


def test_a_layer_in_words() -> None:
    shown = words(PROGRAM, "health.critical_illness.bands.1.rate.1", Names(), "zh")
    assert shown == "若 某事实：80%；否则：50%"
    assert words(PROGRAM, "health.critical_illness.bands.1.rate.2", Names(), "en") == "60%"
    assert words(PROGRAM, "health.critical_illness.cap.1", Names(), "zh") == "不封顶"
    assert words(PROGRAM, "health.basic.payer.fund", Names(), "zh") == "某一步 × 80%，四舍五入到分"
