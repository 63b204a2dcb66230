"""The field's terms, each once, in Chinese and English.

Rule files, cases, messages, statements and the site take their words from here. What a place calls by a
name of its own (a local layer, a local group) is declared in its rule file and joins these for that place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import attrs

from poverty_policy.errors import Lang

Dimension = Literal[
    "group", "facility_level", "facility_grade", "area", "referral", "kind", "insurance", "component", "charge",
    "facility", "layer", "payer",
]  # fmt: skip


@attrs.frozen
class Term:
    """A word of the field."""

    zh: str
    en: str

    def text(self, lang: Lang) -> str:
        """The word in that language."""
        return self.zh if lang == "zh" else self.en


def _terms(**words: str) -> dict[str, Term]:
    return {name: Term(*(part.strip() for part in both.split("|"))) for name, both in words.items()}


#: What a value may differ by, and what a case may state: dimension -> name -> term.
STANDARD: Mapping[Dimension, Mapping[str, Term]] = {
    "group": _terms(
        registered_poor="建档立卡贫困人口 | registered poor",
        escaped_poverty="脱贫人口 | persons lifted out of poverty",
        returned_to_poverty="返贫致贫人口 | persons returned to or fallen into poverty",
        monitored="防止返贫监测对象 | monitored persons at risk of poverty",
        dibao="低保对象 | minimum-living-allowance recipients",
        dibao_marginal="低保边缘家庭成员 | members of marginal (near-dibao) families",
        tekun="特困人员 | persons in extreme hardship (tekun)",
        five_guarantees="五保供养对象 | five-guarantees recipients",
        orphan="孤儿 | orphans",
        severely_disabled="重度残疾人 | severely disabled persons",
        low_income="低收入家庭成员 | members of low-income families",
        impoverished_by_illness="因病致贫重病患者 | patients impoverished by illness",
        retired="退休人员 | retired persons",
    ),
    "facility_level": _terms(
        village="村卫生室 | village clinic",
        township="乡镇卫生院 | township health centre",
        county="县级医院 | county hospital",
        city="市级医院 | city hospital",
        province="省级医院 | provincial hospital",
    ),
    "facility_grade": _terms(
        ungraded="未定级 | ungraded",
        grade_1="一级 | grade I",
        grade_2="二级 | grade II",
        grade_3="三级 | grade III",
    ),
    "facility": _terms(other="其他医疗机构 | another facility"),
    "area": _terms(
        in_county="县域内 | in the county",
        in_prefecture="市内县外 | in the prefecture, outside the county",
        in_province="省内市外 | in the province, outside the prefecture",
        out_of_province="省外 | outside the province",
    ),
    "referral": _terms(
        referred="按规定转诊 | referred",
        not_referred="未按规定转诊 | not referred",
        emergency="急诊抢救 | emergency",
    ),
    "kind": _terms(
        inpatient="住院 | inpatient",
        outpatient="普通门诊 | outpatient",
        outpatient_chronic="门诊慢性病 | outpatient, chronic disease",
        outpatient_major="门诊重特大疾病 | outpatient, major disease",
    ),
    "insurance": _terms(
        resident="城乡居民基本医保 | resident basic insurance",
        ncms="新型农村合作医疗 | new rural cooperative medical scheme",
        employee="职工基本医保 | employee basic insurance",
        none="未参保 | uninsured",
    ),
    "component": _terms(
        in_scope="政策范围内费用 | in-scope cost",
        category_b_first="乙类先行自付 | category-B first payment",
        over_limit="超限价自付 | cost over a price limit",
        out_of_catalogue="目录外费用 | out-of-catalogue cost",
        category_b="乙类药品（未扣先行自付） | category-B drugs before the first payment",
        special_examination="特殊检查（未扣先行自付） | special examinations before the first payment",
        implant="植入材料 | implants",
        listed_drug="特定高额药品 | listed high-cost drugs",
    ),
    "charge": _terms(
        registration="门诊挂号费 | registration fee",
        consultation="诊查费 | consultation fee",
        bed="住院床位费 | bed fee",
        large_equipment="大型仪器检查费 | large-equipment examination",
        intervention="介入治疗费 | interventional treatment",
    ),
    "layer": _terms(
        basic="基本医疗保险 | basic medical insurance",
        critical_illness="大病保险 | critical-illness insurance",
        supplementary="大病补充医疗保险 | supplementary critical-illness insurance",
        medical_assistance="医疗救助 | medical assistance",
        first_payment="先行自付 | first payment",
        tilt_assistance="倾斜救助 | tilt assistance",
        temporary_assistance="临时救助 | temporary assistance",
        bottom_line="兜底保障 | bottom-line guarantee",
        fee_waiver="医疗费用减免 | fee waiver",
        chronic_outpatient="门诊慢性病补偿 | chronic outpatient compensation",
        major_outpatient="门诊重特大疾病补偿 | major-disease outpatient compensation",
        out_of_catalogue_supplement="目录外费用补充保险 | supplement for out-of-catalogue cost",
    ),
    "payer": _terms(
        fund="医保基金 | insurance fund",
        insurer="承办保险机构 | insurer",
        government="财政 | government budget",
        civil_affairs="医疗救助资金 | medical-assistance fund",
        hospital="医疗机构 | hospital",
        town="乡镇财政 | township budget",
        charity="慈善资金 | charity",
    ),
}  # fmt: skip

#: The words of a calculation: what a layer's steps and a statement's lines are called.
STEPS: Mapping[str, Term] = _terms(
    cost="医疗总费用 | total cost",
    waived="减免金额 | amount waived",
    paid="各项支付合计 | total paid by all layers",
    out_of_pocket="个人负担 | out-of-pocket",
    effective_rate="实际报销比例 | effective reimbursement rate",
    applies="适用条件 | applies where",
    base="计入费用 | amount counted",
    over_base="超过计入上限的费用 | cost beyond what may be counted",
    reached="分段位置（费用到达的金额） | where the cost reaches in the bands",
    deductible_line="起付线 | deductible",
    deductible="本次扣除的起付线 | deductible taken now",
    time="本年第几次 | time in the year",
    repeat_factor="起付线折算 | factor on the deductible",
    payable="超过起付线的部分 | part above the deductible",
    slice="第{0}段内的费用 | cost in band {0}",
    rate="报销比例 | rate",
    entitlement="封顶前应付 | entitlement before caps",
    cap="封顶线 | cap",
    over_cap="因封顶未付 | not paid because of a cap",
    payment="支付金额 | payment",
    payer="由{0}支付 | paid by {0}",
    left="剩余费用 | cost left",
    left_of="剩余的{0} | {0} left",
    counted="扣除减免和先行自付后的{0} | {0} after waivers and first payments",
    waived_of="减免的{1}（{0}） | {1} waived ({0})",
    fill_rate="保障比例 | guaranteed share",
    target="保障目标 | target of the guarantee",
    ceiling="个人自付上限 | out-of-pocket ceiling",
    excess="超过上限或未达目标的部分 | excess or gap",
    pays="支付比例 | share paid",
    whole="{0} | {0}",
    first="{0}的先行自付 | first payment of {0}",
)  # fmt: skip

#: What a case states: the inputs of a program.
FACTS: Mapping[str, Term] = _terms(
    benefit_year="待遇年度 | benefit year",
    age="年龄 | age",
    disease="病种 | disease",
    disease_name="病种 | disease",
    group="{0} | {0}",
    cost="{0} | {0}",
    observed="账单所列{0}支付额 | payment of {0} in the bill",
    charge="{0}中的{1} | {1} within {0}",
    kind="就医类别 | kind of claim",
    facility_level="医疗机构级别 | facility level",
    facility_grade="医疗机构等级 | facility grade",
    facility="医疗机构 | facility",
    area="就医地 | area",
    referral="转诊情况 | referral",
    insurance="参保类型 | insurance",
    other="其他费用 | other cost",
)

GRADES: Mapping[str, Term] = _terms(
    primary="原文 | primary text",
    official_page="官方网页 | official page",
    two_reports="两处以上报道 | two or more reports",
    one_report="仅一处报道 | one report only",
)
STATUSES: Mapping[str, Term] = _terms(
    in_force="现行 | in force",
    planned="拟定 | planned",
    reported="据报道 | reported",
)
ROUNDING: Mapping[str, Term] = _terms(half_up="四舍五入 | half up", up="进一 | upward", down="舍去 | truncated")


class Vocabulary:
    """The standard terms and a place's own."""

    def __init__(self, own: Mapping[Dimension, Mapping[str, Term]] | None = None) -> None:
        self.own: Mapping[Dimension, Mapping[str, Term]] = own or {}

    def names(self, *dimensions: Dimension) -> Iterator[str]:
        """Every name known in the dimensions (in all of them, if none is named)."""
        for dimension in dimensions or tuple(STANDARD):
            yield from STANDARD[dimension]
            yield from self.own.get(dimension, ())

    def dimension_of(self, name: str, among: tuple[Dimension, ...]) -> Dimension | None:
        """The dimension, of those given, that knows the name."""
        for dimension in among:
            if name in STANDARD[dimension] or name in self.own.get(dimension, ()):
                return dimension
        return None

    def text(self, dimension: Dimension, name: str, lang: Lang) -> str:
        """The word for a name; a name without a term stands for itself."""
        term = self.own.get(dimension, {}).get(name) or STANDARD[dimension].get(name)
        return term.text(lang) if term else name
