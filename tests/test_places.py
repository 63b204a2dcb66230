"""Places of China: how they are named, what lies above them, and that the table is sound."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from poverty_policy.errors import RuleError
from poverty_policy.ruleset import places
from poverty_policy.ruleset.places import find, lineage


def codes(name: str) -> list[str]:
    return [place.code for place in lineage(find(name))]


ALL = [places.Place(*row) for row in places._rows()]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("410000", "410000"),
        ("41", "410000"),
        (410000, "410000"),
        (41, "410000"),
        ("4114", "411400"),
        ("411400", "411400"),
        (" 360323 ", "360323"),
        ("000000", "000000"),
        ("429005", "429005"),
    ],
)
def test_a_code_full_or_short_names_a_place(name: str | int, code: str) -> None:
    assert find(name).code == code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("全国", "000000"),
        ("中国", "000000"),
        ("河南省", "410000"),
        ("河南", "410000"),
        ("内蒙古", "150000"),
        ("广西壮族自治区", "450000"),
        ("香港", "810000"),
        ("商丘市", "411400"),
        ("黔南", "522700"),
        ("芦溪县", "360323"),
        ("易县", "130633"),
        ("东乡族自治县", "622926"),
        ("吉林", "220000"),
        ("吉林市", "220200"),
        ("朝阳", "211300"),
    ],
)
def test_a_chinese_name_full_or_short_names_a_place(name: str, code: str) -> None:
    assert find(name).code == code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("河南省商丘市", "411400"),
        ("河南商丘", "411400"),
        ("江西芦溪县", "360323"),
        ("江西省萍乡市芦溪县", "360323"),
        ("江西省 萍乡市 芦溪县", "360323"),
        ("重庆市万州区", "500101"),
        ("湖北潜江", "429005"),
        ("南京鼓楼区", "320106"),
        ("北京朝阳", "110105"),
        ("天津河北区", "120105"),
    ],
)
def test_a_chinese_name_may_follow_the_places_it_lies_in(name: str, code: str) -> None:
    assert find(name).code == code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("henan", "410000"),
        ("shaanxi", "610000"),
        ("shanxi", "140000"),
        ("xizang", "540000"),
        ("shangqiu", "411400"),
        ("xian", "610100"),
        ("china", "000000"),
        ("jilin", "220000"),
        ("jilin/jilin", "220200"),
        ("henan/shangqiu", "411400"),
        ("jiangxi/luxi", "360323"),
        ("Jiangxi/Pingxiang/Luxi", "360323"),
        ("china/henan", "410000"),
        ("CN-HA/shangqiu", "411400"),
        ("41/shangqiu", "411400"),
        ("江西/芦溪县", "360323"),
        ("jiangsu/suzhou", "320500"),
        ("anhui/suzhou", "341300"),
    ],
)
def test_pinyin_names_a_place_alone_or_behind_slashes(name: str, code: str) -> None:
    assert find(name).code == code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Inner Mongolia", "150000"),
        ("inner mongolia", "150000"),
        ("TIBET", "540000"),
        ("Hong Kong", "810000"),
        ("Macao", "820000"),
        ("Xi'an", "610100"),
        ("Lüliang", "141100"),
        ("Urumqi", "650100"),
        ("CN", "000000"),
        ("CN-HA", "410000"),
        ("cn-gs", "620000"),
    ],
)
def test_english_names_and_iso_codes_name_places_in_any_case(name: str, code: str) -> None:
    assert find(name).code == code


@pytest.mark.parametrize(
    ("code", "alias"),
    [
        ("500000", "chongqing"),
        ("430100", "changsha"),
        ("220100", "changchun"),
        ("140400", "changzhi"),
        ("350200", "xiamen"),
        ("341500", "luan"),
        ("341600", "bozhou"),
        ("340300", "bengbu"),
        ("511100", "leshan"),
        ("211300", "chaoyang"),
        ("411100", "luohe"),
        ("331000", "taizhou"),
        ("331100", "lishui"),
        ("451000", "baise"),
        ("540300", "changdu"),
        ("653100", "kashi"),
        ("140428", "zhangzi"),
        ("410621", "xunxian"),
        ("411104", "shaoling"),
        ("371481", "laoling"),
        ("621223", "tanchang"),
        ("522729", "changshun"),
    ],
)
def test_names_of_several_readings_are_read_as_the_place_is(code: str, alias: str) -> None:
    assert find(code).alias == alias


def test_a_name_of_several_places_at_one_level_is_refused_with_the_choices() -> None:
    with pytest.raises(RuleError) as caught:
        find("鼓楼区")
    zh, en = caught.value.text("zh"), caught.value.text("en")
    assert "320106 江苏省南京市鼓楼区" in zh
    assert "350102 福建省福州市鼓楼区" in zh
    assert "320106 Gulou, Nanjing, Jiangsu" in en
    assert "'jiangsu/nanjing/gulou'" in en
    assert find("jiangsu/nanjing/gulou") == find("江苏省南京市鼓楼区")


def test_two_prefectures_of_one_pinyin_are_refused() -> None:
    with pytest.raises(RuleError, match="320500 Suzhou, Jiangsu; 341300 Suzhou, Anhui"):
        find("suzhou")


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("hennan", "henan"), ("shangqiiu", "shangqiu"), ("商邱市", "商丘市"), ("henan/shangqiuu", "shangqiu")],
)
def test_a_near_miss_is_told_the_nearest_names(wrong: str, right: str) -> None:
    with pytest.raises(RuleError, match="did you mean") as caught:
        find(wrong)
    assert right in caught.value.text("en")
    assert right in caught.value.text("zh")


@pytest.mark.parametrize("name", ["", "/", "999999", "4", "4190", "110100", "市", "省", "河" * 200, "x" * 500])
def test_what_names_no_place_is_refused(name: str) -> None:
    with pytest.raises(RuleError):
        find(name)


def test_a_path_that_does_not_meet_is_told_where_the_name_stands() -> None:
    with pytest.raises(RuleError, match="360323 Luxi, Pingxiang, Jiangxi"):
        find("henan/luxi")


def test_a_present_place_goes_before_an_abolished_one() -> None:
    assert find("邵东").code == "430582"
    assert find("广德").code == "341882"
    assert find("陵水黎族自治县").code == "469028"


@pytest.mark.parametrize(
    ("name", "code", "note"),
    [
        ("邢台县", "130521", "abolished 2020"),
        ("hebei/xingtai/xingtai", "130521", "abolished 2020"),
        ("邵东县", "430521", "abolished 2019"),
        ("广德县", "341822", "abolished 2019"),
        ("469034", "469034", "recoded 2007 as 469028"),
    ],
)
def test_an_abolished_place_is_still_found_by_its_own_name(name: str, code: str, note: str) -> None:
    place = find(name)
    assert (place.code, place.note) == (code, note)


@pytest.mark.parametrize(
    ("code", "zh"),
    [
        ("130535", "临西县"),
        ("130522", "临城县"),
        ("341702", "贵池区"),
        ("341882", "广德市"),
        ("522729", "长顺县"),
        ("230500", "双鸭山市"),
        ("230521", "集贤县"),
        ("230524", "饶河县"),
        ("429005", "潜江市"),
        ("419001", "济源市"),
    ],
)
def test_codes_that_rules_use_are_right(code: str, zh: str) -> None:
    assert find(code).zh == zh
    assert not find(code).note


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("000000", ["000000"]),
        ("410000", ["000000", "410000"]),
        ("411400", ["000000", "410000", "411400"]),
        ("230524", ["000000", "230000", "230500", "230524"]),
        ("429005", ["000000", "420000", "429005"]),
        ("419001", ["000000", "410000", "419001"]),
        ("469028", ["000000", "460000", "469028"]),
        ("659001", ["000000", "650000", "659001"]),
        ("500101", ["000000", "500000", "500101"]),
        ("500229", ["000000", "500000", "500229"]),
        ("441900", ["000000", "440000", "441900"]),
    ],
)
def test_a_lineage_leads_from_the_nation_and_skips_missing_levels(name: str, path: list[str]) -> None:
    assert codes(name) == path


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("000000", "nation"),
        ("410000", "province"),
        ("500000", "province"),
        ("411400", "prefecture"),
        ("441900", "prefecture"),
        ("360323", "county"),
        ("429005", "county"),
        ("500101", "county"),
    ],
)
def test_the_level_follows_from_the_code(code: str, level: str) -> None:
    assert find(code).level == level


@pytest.mark.parametrize(
    ("code", "zh", "en"),
    [
        ("000000", "全国", "China"),
        ("410000", "河南省", "Henan"),
        ("411400", "河南省商丘市", "Shangqiu, Henan"),
        ("360323", "江西省萍乡市芦溪县", "Luxi, Pingxiang, Jiangxi"),
        ("429005", "湖北省潜江市", "Qianjiang, Hubei"),
        ("500101", "重庆市万州区", "Wanzhou, Chongqing"),
    ],
)
def test_a_place_is_written_with_its_path(code: str, zh: str, en: str) -> None:
    assert find(code).text("zh") == zh
    assert find(code).text("en") == en


def test_a_province_and_a_code_are_found_without_indexing_the_table() -> None:
    for cache in (find, places._index, places._full_names):
        cache.cache_clear()
    assert find("henan").code == "410000"
    assert find("411400").code == "411400"
    assert len(lineage(find("230524"))) == 4
    assert places._index.cache_info().currsize == 0
    assert places._full_names.cache_info().currsize == 0


def test_the_table_is_sound() -> None:
    assert len(ALL) > 3300
    assert [place.code for place in ALL] == sorted({place.code for place in ALL})
    for place in ALL:
        assert re.fullmatch(r"\d{6}", place.code, re.ASCII)
        assert re.fullmatch(r"[a-z]+", place.alias)
        assert re.fullmatch(r"[一-鿿]+", place.zh)
        assert place.en
        assert (place.iso == "") == (place.level not in ("nation", "province"))
        assert re.fullmatch(r"|abolished \d{4}|recoded \d{4} as \d{6}", place.note)


def test_the_table_follows_the_divisions_of_the_country() -> None:
    count = Counter(place.level for place in ALL if not place.note)
    assert (count["nation"], count["province"], count["prefecture"]) == (1, 34, 333)
    assert 2830 < count["county"] < 2870
    provinces = [place for place in ALL if place.level == "province"]
    assert len({place.iso for place in provinces} | {place.alias for place in provinces}) == 68


def test_every_place_has_its_province_and_its_prefecture_unless_it_lies_directly_under_the_province() -> None:
    known = {place.code for place in ALL}
    for place in ALL:
        assert place.code == "000000" or f"{place.code[:2]}0000" in known
        municipality = place.code[:2] in ("11", "12", "31", "50")
        if place.level == "county" and not municipality and place.code[2:4] != "90":
            assert f"{place.code[:4]}00" in known, place


def test_what_a_recoded_place_became_is_in_the_table() -> None:
    known = {place.code for place in ALL}
    for place in ALL:
        if place.note.startswith("recoded"):
            assert place.note[-6:] in known, place


@pytest.mark.parametrize("place", [place for place in ALL if not place.note][::7], ids=lambda place: place.code)
def test_every_present_place_is_found_by_its_code_and_full_path(place: places.Place) -> None:
    assert find(place.code) == place
    assert find(place.text("zh")) == place
