"""Which settings a sweep tries."""

import langtail_nb as lt
from langtail_nb._sweep.space import settings_of


def labels(over):
    return [one.label for one in settings_of(over)]


def test_a_grid_has_every_combination_and_what_is_deployed_is_left_out():
    over = lt.grid(temperature=[0, "deployed"], top_p=[0.5, None])

    assert [dict(one.overrides) for one in settings_of(over)] == [
        {"temperature": 0, "top_p": 0.5},
        {"temperature": 0},
        {"top_p": 0.5},
        {},
    ]
    assert labels(over) == ["temperature 0, top p 0.5", "temperature 0", "top p 0.5", "deployed"]


def test_templates_of_several_messages_are_an_axis_as_texts_and_as_lists():
    text = "--- system\nBe brief.\n--- user\nHi"
    same = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    over = lt.grid(template={"text": text, "list": same})

    assert [one.overrides["template"] for one in settings_of(over)] == [same, same]
    assert labels(over) == ["template text", "template list"]
    assert labels({"template": [text, "Be kind."]}) == ["template Be brief.", "template Be kind."]
    assert labels({"template": text}) == ["template Be brief."]


def test_zipped_takes_the_values_together():
    assert list(lt.zipped(temperature=[0, 1], model=["a", "b"])) == [
        {"temperature": 0, "model": "a"},
        {"temperature": 1, "model": "b"},
    ]


def test_a_sample_is_the_same_each_time_and_no_setting_comes_twice():
    axes = {"temperature": [0, 0.5, 1], "model": ["a", "b"]}

    first = list(lt.sample(4, seed=3, **axes))

    assert first == list(lt.sample(4, seed=3, **axes))
    assert first != list(lt.sample(4, seed=4, **axes))
    assert len({str(one) for one in first}) == 4
    assert len(lt.sample(50, **axes)) == 6


def test_two_numbers_in_a_sample_are_a_range():
    values = [one["temperature"] for one in lt.sample(20, temperature=(0.2, 0.4))]

    assert all(0.2 <= value <= 0.4 for value in values)
    assert len(set(values)) > 10


def test_where_keeps_those_for_which_it_is_true():
    over = lt.grid(temperature=[0, 1], top_p=["deployed", 0.5]).where(lambda one: one["top_p"] is None)

    assert labels(over) == ["temperature 0", "temperature 1"]


def test_keys_of_a_dict_are_what_values_and_settings_are_called():
    assert labels(lt.grid(template={"short": "Be short.", "warm": "Be warm."})) == [
        "template short",
        "template warm",
    ]
    assert labels({"cold": {"temperature": 0}, "hot": {"temperature": 2}}) == ["cold", "hot"]


def test_a_template_of_several_messages_is_one_value():
    messages = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "{{x}}"}]

    assert settings_of(lt.grid(template=messages))[0].overrides["template"] == messages


def test_lists_may_hold_dicts_spaces_and_the_word_deployed():
    assert labels([{"temperature": 0}, "deployed", lt.grid(seed=[7])]) == [
        "temperature 0",
        "deployed",
        "seed 7",
    ]
