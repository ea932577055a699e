"""Settings: whose they are, who is told, what goes into a request."""

import ast
import copy
import inspect
import threading

import ipywidgets
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.observable import Observable
from langtail_nb._kernel.settings import Settings
from langtail_nb._types.deployed import DEPLOYED
from langtail_nb._types.fields import FIELDS
from langtail_nb._types.target import Target

TRIAGE = "acme/support/triage/staging"
TRANSLATOR = "acme/support/translator/staging"

GOOD = {
    "temperature": 0.2, "top_p": 0.5, "max_tokens": 20, "presence_penalty": -1, "frequency_penalty": 1,
    "model": "gpt-5", "seed": 7, "stop": ["END"], "reasoning_effort": "low", "max_thinking_tokens": 9,
    "tool_choice": "none", "tools": [], "parallel_tool_calls": True,
    "response_format": {"type": "json_object"}, "template": [{"role": "system", "content": "Hi"}],
    "user": "u1", "metadata": {"run": 7}, "do_not_record": True,
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_assistant_from_outside(monkeypatch):
    monkeypatch.delenv("LANGTAIL_ASSISTANT", raising=False)
    monkeypatch.delenv("LANGTAIL_BASE_URL", raising=False)


@pytest.fixture
def settings():
    return Settings(target=TRIAGE)


# Traits


def test_every_field_is_a_trait_that_starts_as_deployed(settings):
    assert set(GOOD) == set(FIELDS)
    for name in FIELDS:
        assert settings.has_trait(name)
        assert getattr(settings, name) is None


def docstrings_below(declaring):
    """The texts that stand below a class's members in its source, by name, as an editor shows them."""
    [tree] = ast.parse(inspect.getsource(declaring)).body
    pairs = zip(tree.body, tree.body[1:], strict=False)
    return {
        above.targets[0].id: below.value.value
        for above, below in pairs
        if isinstance(above, ast.Assign) and isinstance(below, ast.Expr)
    }


def test_the_declared_traits_are_those_of_the_table_in_its_order_and_words():
    said = docstrings_below(Observable)
    assert said.pop("variables") == Settings.variables.help
    assert list(said.items()) == [(name, field.help) for name, field in FIELDS.items()]
    for name, field in FIELDS.items():
        assert getattr(Settings, name).help == getattr(Settings, name).__doc__ == field.help


def test_every_trait_says_what_it_is():
    assert {name for name, trait in Settings.class_traits().items() if not trait.help} == set()


@pytest.mark.parametrize("name", GOOD)
def test_every_trait_keeps_tells_and_unsets_a_value(settings, name):
    told = []
    settings.observe(lambda change: told.append((change.old, change.new)), name)

    setattr(settings, name, GOOD[name])
    setattr(settings, name, None)

    assert told == [(None, GOOD[name]), (GOOD[name], None)]
    assert settings.overrides() == {}


@pytest.mark.parametrize("name", GOOD)
def test_every_trait_can_be_linked_to_another(settings, name):
    other = Settings()
    link = ipywidgets.link((settings, name), (other, name))
    settings.set_trait(name, GOOD[name])
    assert getattr(other, name) == GOOD[name]

    setattr(other, name, None)
    assert getattr(settings, name) is None
    link.unlink()


def test_a_slider_can_be_linked_to_a_trait(settings):
    slider = ipywidgets.FloatSlider(value=0.5, max=2)
    ipywidgets.link((slider, "value"), (settings, "temperature"))
    assert settings.temperature == 0.5

    settings.temperature = 1.5
    assert slider.value == 1.5


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("temperature", "warm", "temperature must be a number from 0 to 2, not 'warm'"),
        ("temperature", 2.1, "temperature must be from 0 to 2"),
        ("template", [{"role": "sytem", "content": ""}], r"template\[0\] has role 'sytem'.*'system'"),
        ("metadata", {"k" * 65: 1}, "metadata key"),
        ("variables", {"a": object()}, "variable 'a': an object cannot be sent as JSON"),
        ("variables", 3, "variables must be a dict"),
        ("target", "a/b/c", "the environment is missing"),
        ("target", 3, "target must be text"),
        ("base_url", "http://example.org", "would send the key unencrypted"),
        ("rerun", "frok", "rerun must be fork or append, not 'frok'.*'fork'"),
        ("rerun", None, "rerun must be fork or append"),
        ("timeout", 0, "timeout must be a number of seconds above 0"),
        ("retries", -1, "retries must be a whole number from 0 to 10"),
    ],
)
def test_a_wrong_value_is_refused_and_changes_nothing(settings, name, value, message):
    before = getattr(settings, name)
    with pytest.raises(ConfigurationError, match=message):
        setattr(settings, name, value)

    assert getattr(settings, name) == before


def test_a_dict_is_copied_when_assigned(settings):
    given_variables, given_metadata = {"a": "1"}, {"run": [1]}
    with pytest.raises(ConfigurationError):
        settings.metadata = given_metadata
    given_metadata["run"] = 1
    settings.variables, settings.metadata = given_variables, given_metadata
    given_variables["b"] = given_metadata["b"] = "2"

    assert (settings.variables, settings.metadata) == ({"a": "1"}, {"run": 1})


def test_the_word_deployed_unsets(settings):
    settings.temperature = 0.2
    settings.temperature = "deployed"
    settings.user = "deployed"

    assert settings.overrides() == {"user": "deployed"}


# Target


def test_a_short_target_is_filled_up_from_the_current_one(settings):
    for typed, full in [
        ("translator", TRANSLATOR),
        ("/production", "acme/support/translator/production"),
        ("@4", "acme/support/translator/production@4"),
        ("triage/staging", TRIAGE),
    ]:
        settings.target = typed
        assert settings.target == full


def test_the_environment_names_the_target_until_it_is_set(monkeypatch):
    settings = Settings()
    assert settings.current_target() is None
    with pytest.raises(ConfigurationError, match="no assistant is set: type %langtail local"):
        settings.request("Hi")

    monkeypatch.setenv("LANGTAIL_ASSISTANT", TRIAGE)
    assert settings.resolve("/production") == Target("acme", "support", "triage", "production")

    monkeypatch.setenv("LANGTAIL_ASSISTANT", "triage")
    with pytest.raises(ConfigurationError, match="LANGTAIL_ASSISTANT: target 'triage'"):
        settings.current_target()

    assert "Settings()" in repr(settings)
    assert str(settings.request("Hi", target=TRIAGE).target) == TRIAGE
    settings.target = TRANSLATOR
    assert str(settings.current_target()) == TRANSLATOR


# Whose overrides


def test_overrides_variables_and_template_come_back_with_their_assistant(settings):
    settings.update({"temperature": 0.2, "template": GOOD["template"]}, {"topic": "returns"})

    settings.target = "translator"
    assert (settings.temperature, settings.template, settings.variables) == (None, None, {})
    settings.temperature = 1

    settings.target = TRIAGE
    assert (settings.temperature, settings.template) == (0.2, GOOD["template"])
    assert settings.variables == {"topic": "returns"}
    assert settings.overrides("translator") == {"temperature": 1}


@pytest.mark.parametrize("typed", ["/production", "@4", "triage/production", "acme/support/triage/preview@x"])
def test_an_environment_or_a_version_keeps_them(settings, typed):
    settings.temperature = 0.2
    told = []
    settings.observe(told.append, "temperature")
    settings.target = typed

    assert (settings.temperature, told) == (0.2, [])


def test_who_is_told_of_a_new_target_finds_its_values_in_place(settings):
    settings.temperature = 0.2
    seen = []
    settings.observe(
        lambda _: seen.append((settings.target, settings.temperature)), ["target", "temperature"]
    )
    settings.target = "translator"

    assert seen == [(TRANSLATOR, None)] * 2


def test_observers_are_told_what_a_new_target_changes_and_nothing_else(settings):
    settings.update({"temperature": 0.2, "seed": 1, "top_p": 0.5}, {"topic": "returns"})
    other = {"seed": 2, "top_p": 0.5, "variables": {"tone": "dry"}}
    settings.assign_each(other, target=TRANSLATOR)
    told = []
    settings.observe(lambda change: told.append((change.name, change.old, change.new)))

    settings.target = TRANSLATOR

    assert told == [
        ("temperature", 0.2, None),
        ("seed", 1, 2),
        ("variables", {"topic": "returns"}, {"tone": "dry"}),
        ("target", TRIAGE, TRANSLATOR),
    ]


def test_an_observer_that_changes_a_value_in_turn_leaves_all_of_them_right(settings):
    settings.update({"temperature": 0.2, "seed": 1})
    shown = {"temperature": 0.2, "seed": 1}

    def show(change):
        shown[change.name] = change.new
        if change.name == "temperature" and settings.target == TRANSLATOR:
            settings.target = TRIAGE

    settings.observe(show, ["temperature", "seed"])
    settings.target = TRANSLATOR

    assert shown == {"temperature": 0.2, "seed": 1} == settings.overrides()


def test_a_widget_that_cannot_show_a_value_keeps_no_assistant_from_changing(settings):
    settings.update({"temperature": 0.2, "seed": 1})
    slider = ipywidgets.FloatSlider(max=2)
    ipywidgets.link((settings, "temperature"), (slider, "value"))
    told = []
    settings.observe(told.append, "seed")

    settings.target = TRANSLATOR
    assert (settings.temperature, settings.seed, len(told)) == (None, None, 1)

    slider.value = 1.5
    assert settings.overrides() == {"temperature": 1.5}


def test_a_value_that_a_linked_widget_cannot_show_is_set_and_told_all_the_same(settings):
    slider = ipywidgets.FloatSlider(max=2)
    ipywidgets.link((slider, "value"), (settings, "temperature"))
    told = []
    settings.watch(lambda: told.append(settings.temperature))

    with pytest.raises(ConfigurationError, match=r"temperature is unset; a widget .* cannot show none"):
        settings.temperature = None

    assert (settings.overrides(), told) == ({}, [None])


def test_observers_are_told_of_an_assistant_that_the_environment_names(monkeypatch):
    settings = Settings()
    settings.assign("temperature", 1, target=TRANSLATOR)
    told = []
    settings.observe(lambda change: told.append((change.old, change.new)), "temperature")
    monkeypatch.setenv("LANGTAIL_ASSISTANT", TRANSLATOR)

    assert settings.temperature == 1
    assert told == [(None, 1)]


def test_an_environment_that_names_no_target_leaves_the_values_where_they_were(monkeypatch):
    monkeypatch.setenv("LANGTAIL_ASSISTANT", TRIAGE)
    settings = Settings(temperature=0.2)
    monkeypatch.setenv("LANGTAIL_ASSISTANT", "triage")
    settings.seed = 7

    assert (settings.temperature, settings.seed) == (0.2, 7)
    assert settings.overrides(TRIAGE) == {"temperature": 0.2, "seed": 7}


def test_what_was_set_before_any_target_goes_to_the_first():
    settings = Settings()
    with settings.origin("panel"):
        settings.temperature = 0.2
    settings.target = TRIAGE
    assert (settings.temperature, settings.source("temperature")) == (0.2, "panel")

    settings.target = TRANSLATOR
    assert settings.overrides() == {}


def test_values_follow_the_environment_variable(monkeypatch):
    settings = Settings()
    monkeypatch.setenv("LANGTAIL_ASSISTANT", TRIAGE)
    settings.temperature = 0.2
    monkeypatch.setenv("LANGTAIL_ASSISTANT", TRANSLATOR)

    assert settings.request("Hi").parameters == {}
    settings.temperature = 1
    monkeypatch.setenv("LANGTAIL_ASSISTANT", TRIAGE)
    assert settings.request("Hi").parameters == {"temperature": 0.2}


def test_a_cells_target_takes_its_own_overrides_and_changes_nothing(settings):
    settings.temperature = 0.2
    settings.variables = {"topic": "returns"}

    request = settings.request("Hi", target="translator", max_tokens=5)

    assert (str(request.target), request.parameters, request.variables) == (TRANSLATOR, {"max_tokens": 5}, {})
    assert (settings.target, settings.temperature) == (TRIAGE, 0.2)


NAMES = st.sampled_from(["triage", "translator", "joke"])


@run_with(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(["use", "set", "reset"]), NAMES, st.floats(0, 2))))
def test_no_override_ever_crosses_to_another_assistant(steps):
    settings, expected = Settings(target=TRIAGE), {}
    current = "triage"
    for step, name, value in steps:
        if step == "use":
            settings.target = current = name
            current = name
        elif step == "set":
            settings.temperature = value
            expected[current] = value
        else:
            settings.reset()
            expected.pop(current, None)
        for one in ("triage", "translator", "joke"):
            wanted = {"temperature": expected[one]} if one in expected else {}
            assert settings.request("Hi", target=one).parameters == wanted


# Requests


def test_the_cell_wins_over_the_settings_and_they_over_what_is_deployed(settings):
    settings.update({"temperature": 0.2, "seed": 7, "top_p": 0.5})

    request = settings.request("Hi", temperature=0.9, seed=DEPLOYED, top_p="deployed", max_tokens=None)

    assert request.parameters == {"temperature": 0.9}


def test_a_variable_of_the_cell_wins_over_the_settings_and_they_over_the_turn_before(settings):
    settings.variables = {"a": "settings", "b": "settings", "c": "settings"}

    request = settings.request(
        "Hi", variables={"a": "cell", "c": None}, earlier={"a": "0", "b": "0", "c": "0", "d": "0"}
    )

    assert request.variables == {"a": "cell", "b": "settings", "d": "0"}


def test_as_deployed_leaves_out_overrides_but_not_variables(settings):
    settings.update({"temperature": 0.2}, {"topic": "returns"})
    request = settings.request("Hi", as_deployed=True, seed=1)

    assert (request.parameters, request.variables) == ({"seed": 1}, {"topic": "returns"})


def test_asking_for_json_keeps_a_format_that_is_set(settings):
    assert settings.request("Hi", json=True).parameters == {"response_format": {"type": "json_object"}}

    settings.response_format = {"type": "json_schema", "json_schema": {}}
    assert settings.request("Hi", json=True).parameters["response_format"]["type"] == "json_schema"


def test_an_unknown_parameter_is_named_with_a_near_match(settings):
    with pytest.raises(ConfigurationError, match=r"unknown parameter 'temprature'.*'temperature'"):
        settings.request("Hi", temprature=1)


def test_a_request_does_not_change_with_the_settings(settings):
    settings.metadata = {"run": 1}
    request = settings.request("Hi")
    settings.metadata["run"] = 2

    assert request.parameters == {"metadata": {"run": 1}}


# Sources


def test_what_was_sent_says_where_it_came_from(settings):
    settings.temperature = 0.2
    with settings.origin("panel"):
        settings.seed = 7
        settings.top_p = 0.5
    settings.top_p = 0.6
    request = settings.request("Hi", max_tokens=5, temperature=0.2)

    assert settings.sent_from(request, ["max_tokens", "temperature"]) == [
        ("temperature", 0.2, "cell"),
        ("top_p", 0.6, "set"),
        ("max_tokens", 5, "cell"),
        ("seed", 7, "panel"),
    ]
    assert settings.source("model") == "deployed"


def test_sources_come_back_with_their_assistant(settings):
    with settings.origin("panel"):
        settings.temperature = 0.2
    settings.target = "translator"
    settings.temperature = 0.2
    assert settings.source("temperature") == "set"

    settings.target = "triage"
    assert settings.source("temperature") == "panel"


# Taking back


def test_unset_takes_parameters_by_any_spelling_and_variables(settings):
    settings.update({"temperature": 1, "max_tokens": 5, "top_p": 0.5, "seed": 1}, {"topic": "x", "tone": "y"})
    settings.rerun = "append"
    settings.unset("-t", "--max-tokens", "top_p", "topic", "rerun")

    assert settings.overrides() == {"seed": 1}
    assert (settings.variables, settings.rerun) == ({"tone": "y"}, "fork")


def test_unset_changes_nothing_when_one_name_is_unknown(settings):
    settings.temperature = 1
    with pytest.raises(ConfigurationError, match=r"'temprature' is neither .*'temperature'"):
        settings.unset("temperature", "temprature")

    assert settings.temperature == 1


def test_update_changes_nothing_when_one_value_is_wrong(settings):
    with pytest.raises(ConfigurationError, match="top_p must be from 0 to 1"):
        settings.update({"temperature": 1, "top_p": 2}, {"topic": "x"})

    assert (settings.overrides(), settings.variables) == ({}, {})


def test_reset_drops_everything_of_the_current_assistant_only(settings):
    settings.update({"temperature": 1, "template": GOOD["template"]}, {"topic": "x"})
    settings.target = "translator"
    settings.update({"temperature": 1}, {"topic": "x"})
    settings.rerun = "append"
    settings.reset()

    assert (settings.overrides(), settings.variables) == ({}, {})
    assert (settings.target, settings.rerun) == (TRANSLATOR, "append")
    assert settings.overrides("triage") == {"temperature": 1, "template": GOOD["template"]}


# Threads and shape


def test_traits_may_be_set_from_other_threads_while_the_target_changes(settings):
    limit = threading.Barrier(3)

    def scrub():
        limit.wait()
        for step in range(300):
            settings.temperature = step / 300

    def switch():
        limit.wait()
        for step in range(100):
            settings.target = ("translator", "triage")[step % 2]

    threads = [threading.Thread(target=work) for work in (scrub, scrub, switch)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert not any(thread.is_alive() for thread in threads)
    assert (settings.target, settings.temperature) == (TRIAGE, settings.overrides().get("temperature"))
    # Whichever assistant was current when it came, the newest value is there.
    last = [settings.overrides(name).get("temperature") for name in ("triage", "translator")]
    assert 299 / 300 in last


def test_the_repr_is_short_and_holds_no_values_of_variables(settings):
    settings.update({"temperature": 0.2, "model": "m" * 500}, {"topic": "secret"})

    assert repr(settings).startswith(f"Settings(target='{TRIAGE}', temperature=0.2, model='mmm")
    assert len(repr(settings)) < 220
    assert "secret" not in repr(settings)


def test_two_settings_share_nothing():
    one, other = Settings(), Settings()
    one.variables["a"] = "1"

    assert other.variables == {}


def test_a_variable_may_be_added_in_place(settings):
    settings.variables["topic"] = "returns"

    assert settings.request("Hi").variables == {"topic": "returns"}


def test_a_copy_has_values_and_watchers_of_its_own(settings):
    settings.update({"temperature": 0.2}, {"topic": "returns"})
    told = []
    settings.watch(lambda: told.append(1))

    copied = copy.copy(settings)
    copied.update({"temperature": 1}, {"topic": "prices"})
    copied.target = TRANSLATOR

    assert (settings.target, settings.temperature, settings.variables) == (TRIAGE, 0.2, {"topic": "returns"})
    assert copied.overrides(TRIAGE) == {"temperature": 1}
    assert told == []


def test_no_trait_is_named_after_a_key():
    assert not [name for name in Settings().trait_names() if "key" in name]


# Values of any assistant, and who watches them


def test_a_value_can_be_set_for_an_assistant_that_is_not_current(settings):
    settings.assign("temperature", 0.4, target=TRANSLATOR)

    assert settings.temperature is None
    assert settings.overrides(TRANSLATOR) == {"temperature": 0.4}
    settings.target = TRANSLATOR
    assert settings.temperature == 0.4


def test_setting_a_value_for_the_current_assistant_sets_the_trait(settings):
    settings.assign("temperature", 0.4, target=TRIAGE)
    assert settings.temperature == 0.4
    settings.assign("temperature", None)
    assert settings.temperature is None


@pytest.mark.parametrize("target", [None, TRANSLATOR])
@pytest.mark.parametrize(("name", "value"), [("temperature", 9), ("temprature", 1), ("variables", 3)])
def test_assigning_a_bad_value_names_it_and_changes_nothing(settings, target, name, value):
    with pytest.raises(ConfigurationError, match=name):
        settings.assign(name, value, target=target)
    assert settings.overrides(target) == {}


def test_a_watcher_is_told_of_every_change_of_any_assistant_and_of_no_repetition(settings):
    told = []
    settings.watch(lambda: told.append(settings.overrides()))

    settings.temperature = 0.4
    settings.temperature = 0.4
    settings.assign("temperature", 0.9, target=TRANSLATOR)
    settings.assign("temperature", 0.9, target=TRANSLATOR)
    settings.assign("seed", None, target=TRANSLATOR)
    settings.variables = {"topic": "returns"}

    assert told == [{"temperature": 0.4}] * 3


def test_a_change_of_target_is_told_once_with_the_new_values_in_place(settings):
    settings.temperature = 0.4
    settings.assign("temperature", 0.9, target=TRANSLATOR)
    told = []
    settings.watch(lambda: told.append(settings.temperature))

    settings.target = TRANSLATOR

    assert told == [0.9]


def test_a_watch_that_was_ended_is_told_nothing(settings):
    told = []
    end = settings.watch(lambda: told.append(1))
    end()
    end()
    settings.temperature = 0.4
    assert told == []


def test_what_is_set_for_another_assistant_says_where_it_came_from(settings):
    with settings.origin("panel"):
        settings.assign("seed", 7, target=TRANSLATOR)
    assert settings.source("seed", TRANSLATOR) == "panel"


def test_a_name_that_is_misspelt_is_refused_not_set():
    with pytest.raises(ConfigurationError, match=r"no 'temprature' \(did you mean 'temperature'"):
        Settings().temprature = 0.3
    with pytest.raises(ConfigurationError, match=r"no 'temprature' \(did you mean 'temperature'"):
        Settings(temprature=0.3)


@pytest.mark.parametrize("value", [10**400, -(10**400)])
def test_a_number_beyond_all_floats_is_out_of_range(value):
    with pytest.raises(ConfigurationError, match="temperature must be from 0 to 2"):
        Settings().temperature = value


@pytest.mark.parametrize("name", ["model", "user"])
def test_an_empty_text_is_refused(name):
    with pytest.raises(ConfigurationError, match=f"{name} must not be empty"):
        setattr(Settings(), name, "")


@pytest.mark.parametrize("target", [5, b"support", ["support"]])
def test_a_target_that_is_no_text_is_refused(target):
    with pytest.raises(ConfigurationError, match="a target is text, such as 'support', not"):
        Settings().resolve(target)
