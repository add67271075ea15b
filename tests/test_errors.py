from mien.errors import UnknownName


def test_an_unknown_name_is_answered_with_close_ones_else_with_some_of_those_there_are():
    cast = [f"person{i:02}" for i in range(15)]
    assert "Did you mean person03" in str(UnknownName.among("character", "persn03", cast))
    told = str(UnknownName.among("character", "x", cast))
    assert told.endswith("person10, person11 and 3 more.")
    assert str(UnknownName.among("style", "x", ["anime", "clay"])).endswith("Choose one of: anime, clay.")
