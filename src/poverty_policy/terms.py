"""The field's terms, each once, in Chinese and English.

Rule files, cases, messages, statements and the site take their words from here. What a place calls by a
name of its own (a local layer, a local group) is declared in its rule file and joins these for that place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import attrs

from poverty_policy.errors import THINGS, Fault, Lang, nearest

Dimension = Literal[
    "group", "facility_level", "facility_grade", "area", "referral", "kind", "insurance", "component", "charge",
    "facility", "layer", "payer", "residence", "zone", "provision", "item", "fact",
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
        rigid_expenditure="刚性支出困难家庭成员 | members of rigid-expenditure households",
        seriously_ill="重病患者 | seriously ill persons",
        disabled="残疾人 | disabled persons",
        mentally_disabled_3="三级智力、精神残疾人 | persons with grade-3 intellectual or mental disability",
        no_work_ability="无劳动能力人员 | persons without work ability",
        student="在校学生 | students",
        soldier="义务兵 | conscripts",
        prisoner="服刑人员 | prisoners",
        clergy_away="离家一年以上的宗教教职人员 | clergy who left home a year or more ago",
        clergy_resident="居于宗教场所三年以上的宗教教职人员 | clergy living in religious premises for 3 years",
        unstable_after_poverty="脱贫不稳定户 | households escaped from poverty but unstable",
        near_poverty="边缘易致贫户 | near-poor households",
        sudden_hardship="突发严重困难户 | households in sudden serious hardship",
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
        cadre="帮扶干部 | paired cadre",
        charity="慈善资金 | charity",
    ),
    "residence": _terms(urban="城市 | urban", rural="农村 | rural"),
    "zone": {},
    "provision": _terms(
        dibao="最低生活保障 | minimum living allowance",
        marginal="最低生活保障边缘家庭 | marginal (near-dibao) families",
        rigid_expenditure="刚性支出困难家庭 | rigid-expenditure households",
        tekun="特困人员救助供养 | support for persons in extreme hardship (tekun)",
        poverty="贫困线 | poverty line",
        poverty_line="历年贫困线 | poverty line by year",
        exit="贫困户退出 | household exit from the poverty register",
        exit_income="退出收入 | income for exit",
        wrong_exit="错退 | wrong exit",
        wrong_entry="错评 | wrong entry",
        village_exit="贫困村退出 | village exit",
        township_exit="贫困乡镇退出 | township exit",
        county_exit="贫困县退出 | county exit",
        monitoring="防返贫监测线 | monitoring line",
        risk_cleared="风险消除 | risk cleared",
        income="家庭收入 | household income",
        disposable_income="居民人均可支配收入 | disposable income per head",
        rural_disposable_income="农村居民人均可支配收入 | rural disposable income per head",
        consumption="居民人均消费支出 | consumption per head",
        minimum_wage="最低工资标准 | minimum wage",
        consumer_prices="居民消费价格指数 | consumer price index",
        premium="医保个人缴费资助 | subsidy of the insurance premium",
    ),
    "item": _terms(
        wage="工资性收入 | wages",
        business="经营净收入 | business income",
        farming="种植业收入 | crops",
        livestock="养殖业收入 | livestock",
        forestry="林果业收入 | forestry and fruit",
        property="财产净收入 | property income",
        rent="租金收入 | rent",
        land_transfer="土地流转收入 | land transfer",
        dividend="分红收入 | dividends",
        transfer="转移净收入 | transfers",
        alimony="赡养、抚养、扶养费 | maintenance from those obliged",
        remittance="子女寄回 | money sent by children",
        gift="馈赠、继承 | gifts and inheritance",
        pension="养老金 | pensions",
        basic_pension="城乡居民基础养老金 | residents' basic pension",
        dibao="最低生活保障金 | dibao payments",
        tekun="特困供养金 | tekun payments",
        disability_subsidy="残疾人两项补贴 | disability subsidies",
        elderly_subsidy="高龄津贴 | old-age allowance",
        care_subsidy="护理补贴 | care subsidy",
        award="奖励、奖金 | awards",
        family_planning_award="计划生育奖励 | family-planning awards",
        veterans="优抚对象抚恤金和补助金 | pensions and subsidies of veterans' families",
        work_injury="工伤、见义勇为等一次性补偿 | lump sums for work injury or bravery",
        scholarship="奖学金、助学金 | scholarships and grants",
        farm_subsidy="惠农补贴 | farm subsidies",
        temporary_aid="临时救助金 | temporary assistance",
        heating_subsidy="取暖补贴 | heating subsidy",
        living_subsidy="生活补贴 | living subsidy",
        other_income="其他收入 | other income",
        medical="医疗自付支出 | medical expenses borne",
        education="教育支出 | education expenses",
        disability_care="残疾照护支出 | disability care expenses",
        work_cost="就业成本 | cost of working",
        rigid="刚性支出 | rigid expenditure",
    ),
    "fact": _terms(
        food="不愁吃 | enough to eat",
        clothing="不愁穿 | enough to wear",
        compulsory_education="义务教育有保障 | compulsory education secured",
        dropout="义务教育阶段辍学 | dropped out of compulsory education",
        basic_medical="基本医疗有保障 | basic medical care secured",
        insured="参加基本医疗保险 | in basic medical insurance",
        insured_critical_illness="参加大病保险 | in critical-illness insurance",
        safe_housing="住房安全有保障 | safe housing",
        safe_water="饮水安全 | safe drinking water",
        old_age_security="养老有保障 | old-age security",
        facilities="基础设施达标 | facilities up to standard",
        stable_income="收入稳定 | stable income",
        housing_grade="住房鉴定等级 | grade of the housing",
        housing_area="人均住房面积（平方米） | housing per person (square metres)",
        relocated="完成易地搬迁 | relocated",
        needs_relocation="属易地搬迁对象 | to be relocated",
        has_help_measure="当年有帮扶措施 | helped by some measure this year",
        identified_this_year="当年新识别或返贫 | identified or fallen back this year",
        consents="本人认可 | the household agrees",
        exited="已退出 | has left the register",
        registered="已建档立卡 | is on the register",
        died="死亡 | has died",
        moved_away="外迁 | has moved away",
        cars="小汽车（辆） | cars",
        car_value="机动车价值 | value of vehicles",
        commercial_vehicles="经营性车辆（辆） | commercial vehicles",
        fixed_business_income="有固定经营性收入 | has fixed business income",
        pension="享受退休养老金 | draws a retirement pension",
        financial_assets="金融资产 | financial assets",
        homes="住房（套） | homes",
        has_labour="有劳动能力 | able to work",
        willing_to_work="有就业、发展意愿 | willing to work",
        refuses_work="无正当理由三次拒绝就业 | refused suitable work three times",
        work_refusals="无正当理由拒绝就业的次数 | refusals of suitable work",
        cooperates="配合核查 | cooperates with checks",
        local_household="本地户籍 | registered locally",
        property_within_rule="家庭财产符合规定 | property within the rule",
        dibao_class="低保类别 | dibao class",
        dibao_amount="原低保金 | dibao paid before",
        over_line_since="收入超过标准之日 | day on which income passed the line",
        risk_ended_on="风险解除之日 | day on which the risk ended",
        risk_solved="风险已解除 | the risk is solved",
        rigid_spending_solved="刚性支出问题已解决 | rigid spending solved",
        sudden_shock="遭遇突发事件 | hit by a sudden event",
        basic_living_hard="基本生活严重困难 | basic living in serious difficulty",
        unstable="有返贫致贫风险 | at risk of poverty",
        premium="个人缴费标准 | individual premium",
        tuition="学费 | tuition",
        loan="贷款本金 | loan principal",
        certificates="取得证书（个） | certificates gained",
        school_year="学年（第几年） | year of schooling",
        trainee="参加培训 | in training",
        population="总人口 | population",
        rural_population="农业户籍人口 | registered rural population",
        poor_persons="贫困人口 | poor persons",
        poor_households="贫困户数 | poor households",
        households="总户数 | households",
        poor_villages="贫困村总数 | poor villages",
        exited_villages="已退出贫困村 | poor villages exited",
        sampled_exited="抽查脱贫人口 | escaped persons sampled",
        wrongly_exited="错退人口 | persons wrongly exited",
        sampled_unregistered="抽查未建档人口 | unregistered persons sampled",
        missed="漏评人口 | persons missed",
        asked="受访户数 | households asked",
        approving="认可户数 | households approving",
        collective_income="村集体经济收入 | village collective income",
        collective_income_before="上年村集体经济收入 | village collective income of the year before",
        main_industries="主导产业（个） | main industries",
        industry_covers="产业覆盖贫困户数 | poor households covered by industry",
        paved_road="通硬化路 | paved road",
        power="通电 | power supply",
        clinic="有标准化卫生室 | standard clinic",
        income_growth="收入增幅 | income growth",
        average_income_growth="对照增幅 | growth it is compared with",
        income_per_head="人均收入 | income per head",
        average_income="对照人均收入 | average it is compared with",
        incidence_drop="贫困发生率下降 | drop of poverty incidence",
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

#: The parts of a rule file.
SECTIONS: Mapping[str, Term] = _terms(
    health="医疗费用结算 | settlement of medical costs",
    series="历年数据 | figures by year",
    lines="标准和线 | standards and lines",
    accounts="收支核算 | accounts",
    groups="身份认定 | groups",
    benefits="待遇 | benefits",
    allowances="救助保障 | allowances",
    criteria="判定标准 | criteria",
    procedures="办理程序 | procedures",
    targets="目标、预算和报道的结果 | targets, budgets and reported outcomes",
)
#: What the library's entries belong to.
PROGRAMMES: Mapping[str, Term] = _terms(
    basic="基本医保 | basic insurance",
    critical_illness="大病保险 | critical-illness insurance",
    supplementary="补充保险 | supplementary insurance",
    medical_assistance="医疗救助 | medical assistance",
    guarantee="兜底和减免 | guarantees and waivers",
    other_health="其他医疗待遇 | other health benefits",
    premium="参保资助 | premium subsidies",
    dibao="最低生活保障 | minimum living allowance",
    tekun="特困供养 | support of tekun persons",
    marginal="低收入和支出型家庭 | marginal and rigid-expenditure households",
    temporary="临时救助 | temporary assistance",
    exit="贫困线和退出 | poverty lines and exit",
    monitoring="防返贫监测 | relapse monitoring",
    benefits="其他待遇 | other benefits",
    targets="目标和结果 | targets and outcomes",
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

ROUND_TO_WORDS: Mapping[str, Term] = {
    "fen": Term("分", "the fen"),
    "jiao": Term("角", "the jiao"),
    "yuan": Term("元", "the yuan"),
    "10 yuan": Term("十元", "ten yuan"),
    "100 yuan": Term("百元", "a hundred yuan"),
}


class Vocabulary:
    """The standard terms and a place's own."""

    def __init__(self, own: Mapping[Dimension, Mapping[str, Term]] | None = None) -> None:
        self.own: Mapping[Dimension, Mapping[str, Term]] = own or {}

    def names(self, *dimensions: Dimension) -> Iterator[str]:
        """Every name known in the dimensions (in all of them, if none is named)."""
        for dimension in dimensions or tuple(STANDARD):
            yield from STANDARD[dimension]
            yield from self.own.get(dimension, ())

    def unknown(
        self, what: str, name: str, dimensions: tuple[Dimension, ...], *at: str | int, more: tuple[str, ...] = ()
    ) -> Fault:
        """A fault for a name that the dimensions do not know: the nearest ones, and how a file names its own.

        Args:
            what: what the name should be, one of the keys of ``errors.THINGS``.
            name: the name.
            dimensions: where it was looked for.
            at: where it stands.
            more: further words that may stand there.
        """
        labels = {
            label: one
            for dimension in dimensions
            for one in self.names(dimension)
            for label in (self.text(dimension, one, "zh"), self.text(dimension, one, "en"))
        }
        facts = nearest(name, (*self.names(*dimensions), *more), labels)
        own = {"zh": "（文件自己的名称先写在 terms 里）", "en": " (names of a file's own are declared under `terms`)"}
        said = {f"nearest_{lang}": f"{facts[f'nearest_{lang}']}{text}" for lang, text in own.items()}
        return Fault("unknown_name", {"what": what, "what_zh": THINGS[what], "name": name, **said}, at)

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
