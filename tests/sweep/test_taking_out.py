"""What is taken out of a run: frames, files, two settings side by side, pictures."""

import csv
import itertools
import json
import sys

import matplotlib
import pytest

import langtail_nb as lt
from langtail_nb import ConfigurationError

matplotlib.use("Agg")
ROWS = [
    {"q": "Where?", "topic": "parcels", "expected": "a", "temperature": 7, "when": None},
    {"q": "When?", "topic": "returns", "expected": None, "temperature": 8, "when": 3},
]


@pytest.fixture
def run(kernel_state):
    kernel_state.refuse = lambda body: (
        (500, "broken") if body.get("temperature") == 1 and "When?" in str(body) else None
    )
    over = {"cold": {"temperature": 0}, "warm": {"temperature": 1, "template": "Be $warm$ | <b>."}}
    return lt.sweep(over=over, rows=ROWS, message="q", repeats=2).run()


@pytest.fixture
def figures():
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")


def without(monkeypatch, *names):
    for name in names:
        monkeypatch.setitem(sys.modules, name, None)


def test_a_frame_has_a_row_for_each_trial_with_all_there_is(run):
    frame = run.to_pandas()

    assert len(frame) == 3 * 2 * 2
    assert [*frame.columns] == [
        "setting", "temperature", "template", "row", "q", "topic", "expected", "temperature_row", "when",
        "repeat", "text", "model", "finish_reason", "prompt_tokens", "completion_tokens", "cost",
        "latency_s", "first_token_s", "waited_s", "stored", "shared", "error", "id", "thread_id", "at",
    ]  # fmt: skip
    cold = frame[(frame.setting == "cold") & (frame.row == 1)]
    assert cold.text.tolist() == [run.outcome(1, 1, n).reply.text for n in (1, 2)]
    assert cold.temperature.tolist() == [0, 0]
    assert cold.temperature_row.tolist() == [8, 8]
    assert cold.prompt_tokens.tolist() == [10, 10]
    assert cold["at"].dt.tz is not None
    failed = frame[frame.error.notna()]
    assert {(one.setting, one.row) for one in failed.itertuples()} == {("warm", 1)}
    assert failed.text.tolist() == ["", ""]


def test_polars_and_the_files_hold_the_same(run, tmp_path):
    pandas = run.to_pandas()
    polars = run.to_polars()
    assert polars.columns == [*pandas.columns]
    assert polars["text"].to_list() == pandas.text.tolist()

    run.to_csv(tmp_path / "run.csv")
    run.to_jsonl(tmp_path / "run.jsonl")
    run.to_parquet(str(tmp_path / "run.parquet"))

    with (tmp_path / "run.csv").open(newline="") as file:
        from_csv = list(csv.DictReader(file))
    lines = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    import pyarrow.parquet

    parquet = pyarrow.parquet.read_table(tmp_path / "run.parquet").to_pylist()
    for found in (from_csv, lines, parquet):
        assert [*found[0]] == [*pandas.columns]
        assert [one["text"] for one in found] == pandas.text.tolist()
    assert lines[0]["when"] is None
    assert [one["temperature"] for one in lines] == [None] * 4 + [0] * 4 + [1] * 4
    assert sorted(path.name for path in tmp_path.glob("*run*")) == ["run.csv", "run.jsonl", "run.parquet"]


def test_values_of_mixed_types_still_make_a_file(kernel_state, tmp_path):
    rows = [{"q": "a", "x": 1}, {"q": "b", "x": "two"}, {"q": "c", "x": {"deep": [1]}}]
    run = lt.sweep(rows=rows, message="q").run()

    run.to_parquet(tmp_path / "mixed.parquet")

    import pyarrow.parquet

    found = pyarrow.parquet.read_table(tmp_path / "mixed.parquet").to_pylist()
    assert [one["x"] for one in found] == ["1", "two", '{"deep": [1]}']
    assert run.to_polars()["x"].to_list() == ["1", "two", '{"deep": [1]}']


def test_what_is_missing_or_cannot_be_written_is_one_line(run, tmp_path, monkeypatch):
    with pytest.raises(ConfigurationError, match=r"cannot be written: No such file or directory"):
        run.to_csv(tmp_path / "nowhere" / "run.csv")
    without(monkeypatch, "pandas", "polars", "pyarrow", "matplotlib", "matplotlib.pyplot")
    with pytest.raises(ConfigurationError, match="to_pandas needs pandas: pip install pandas"):
        run.to_pandas()
    with pytest.raises(ConfigurationError, match="to_polars needs polars: pip install polars"):
        run.to_polars()
    with pytest.raises(ConfigurationError, match="to_parquet needs pyarrow: pip install pyarrow"):
        run.to_parquet(tmp_path / "x")
    with pytest.raises(ConfigurationError, match=r'plot needs matplotlib: pip install "langtail-nb\[plot\]"'):
        run.plot("latency")
    assert list(tmp_path.glob("*x*")) == []


def test_replies_are_a_frame_of_polars_too(kernel_state):
    replies = lt.map(["one", "two"])

    assert replies.to_polars()["text"].to_list() == [reply.text for reply in replies]


def test_two_settings_stand_side_by_side_where_they_differ_most(kernel_state):
    rows = [{"q": f"{'word ' * n}end"} for n in (9, 0, 4)]
    run = lt.sweep(over=lt.grid(temperature=[0]), rows=rows, message="q").run()

    beside = run.compare("deployed", "temperature 0", rows=2)

    assert beside.rows == [1, 2]  # one word of few says more than one of many
    assert "temperature 0 against deployed: 3 of 3 rows differ; the 2 that differ most" in repr(beside)
    assert "[-None-]{+0+}" in repr(beside)
    with pytest.raises(ConfigurationError, match="no setting 'temperature 1'"):
        run.compare("deployed", "temperature 1")
    with pytest.raises(ConfigurationError, match="'deployed' twice"):
        run.compare(0, "deployed")


def test_a_comparison_is_markdown_in_which_nothing_runs(kernel_state):
    rows = [{"q": "<script>alert(1)</script> ![x](http://x/y.png)"}]
    run = lt.sweep(over=lt.grid(temperature=[0]), rows=rows, message="q").run()

    shown = run.compare(0, 1)._repr_mimebundle_()["text/markdown"]

    assert "<script" not in shown
    assert "![x]" not in shown
    assert "<ins" in shown


def test_a_parameter_without_a_score_shows_its_latency(run, figures):
    axes = run.plot("temperature")

    assert axes.get_xlabel() == "temperature"
    assert axes.get_ylabel().startswith("latency")
    assert len(axes.containers) == 2  # warm has a template of its own: a line beside


def test_it_draws_where_it_is_told_and_names_nothing_as_mathematics(run, figures):
    figure, given = figures.subplots()

    assert run.plot("template", ax=given) is given
    assert [one.get_text() for one in given.get_xticklabels()]
    figure.canvas.draw()
    assert run.plot("latency").get_xlabel() == "latency, s"
    figures.gcf().canvas.draw()


def test_two_parameters_are_a_map(kernel_state, figures):
    over = lt.grid(temperature=[0, 1], top_p=[0.1, 0.5, "deployed"])
    run = lt.sweep(over=over, rows=[{"q": "a"}], message="q").run()

    axes = run.plot("temperature", "top_p")

    assert (axes.get_xlabel(), axes.get_ylabel()) == ("temperature", "top_p")
    assert axes.images[0].get_array().shape == (3, 2)
    assert len(axes.texts) == 6
    figures.gcf().canvas.draw()


def inside(axes):
    """Whether all that belongs to the axes, labels too, stands within the figure."""
    axes.figure.canvas.draw()
    own, whole = axes.get_tightbbox(), axes.figure.bbox
    return own.x0 >= 0 and own.y0 >= 0 and own.x1 <= whole.width and own.y1 <= whole.height


@pytest.fixture
def scored(kernel_state):
    kernel_state.text = lambda body: "yes" if (body.get("temperature") or 0) < 0.5 else "no"

    def scored(over, rows=("a", "b"), **named):
        score = {"right": lt.contains("yes")}
        return lt.sweep(over=over, rows=[{"q": q} for q in rows], message="q", score=score, **named).run()

    return scored


def test_a_map_writes_its_means_readably_and_says_what_they_are_of(scored, figures):
    over = lt.grid(temperature=[1, 0.2, 0], top_p=[0.5, 0.1])

    axes = scored(over).plot("temperature", "top_p")

    assert [one.get_text() for one in axes.get_xticklabels()] == ["0", "0.2", "1"]
    assert [one.get_text() for one in axes.get_yticklabels()] == ["0.1", "0.5"]
    assert [one.get_text() for one in axes.texts] == ["1.00", "1.00", "0.00"] * 2
    assert [one.get_color() for one in axes.texts] == ["black", "black", "white"] * 2
    assert axes.get_title() == "deployed 1.00"
    bar = axes.images[0].colorbar
    assert bar.ax.get_ylabel() == "right"


def test_a_field_of_which_nothing_is_known_is_hatched_and_stays_on_the_map(scored, figures):
    over = lt.grid(temperature=[0, 1], top_p=[0.1, 0.5])

    axes = scored(over.where(lambda one: one != {"temperature": 1, "top_p": 0.1})).plot()

    assert axes.images[0].get_array().mask.tolist() == [[False, True], [False, False]]
    assert len(axes.texts) == 3
    assert axes.patch.get_hatch()


def test_one_value_has_no_scale_that_would_be_made_up(scored, figures):
    axes = scored(lt.grid(temperature=[0], top_p=[0.1, 0.5])).plot("temperature", "top_p")

    assert axes.images[0].colorbar is None
    assert axes.get_title() == "right · deployed 1"


LONG = [
    "You are a very patient agent of the parcel company.",
    "Be brief, and answer in one word, always.",
    "Say no.",
]


@pytest.mark.parametrize("names", [("template", "temperature"), ("temperature", "template"), ("latency",)])
def test_long_labels_are_whole_and_beside_each_other(scored, figures, names):
    axes = scored(lt.grid(template=LONG, temperature=[0, 1])).plot(*names)

    assert inside(axes)
    boxes = [one.get_window_extent() for one in axes.get_xticklabels()]
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))


def test_settings_that_cost_and_score_the_same_are_named_below_each_other(scored, figures):
    lt.prices["m"] = (1, 2)
    try:
        axes = scored(lt.grid(temperature=[0, 0.2, 1])).plot("cost")
    finally:
        del lt.prices["m"]

    told = ["deployed\ntemperature 0\ntemperature 0.2", "temperature 1"]
    assert [one.get_text() for one in axes.texts] == told
    assert axes.get_xlabel() == "cost of 1,000 answers, USD"
    assert axes.containers[0][0].get_xdata() == pytest.approx([1000 * (10 * 1 + 5 * 2) / 1e6])


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("temprature",), "'temprature' is none of temperature, template, cost, latency"),
        (("temperature", "right"), "'right' is none of"),
        (("cost",), "cost is shown against a score"),
    ],
)
def test_what_cannot_be_drawn_is_one_line_and_leaves_no_figure(run, figures, names, told):
    with pytest.raises(ConfigurationError, match=told):
        run.plot(*names)
    assert figures.get_fignums() == []


def test_what_is_deployed_is_in_the_line_of_one_parameter_where_it_has_a_place(scored, figures):
    axes = scored([{"temperature": 1}, {"temperature": 0.2}, {"max_tokens": 16}]).plot("temperature")

    only, tokens = axes.containers
    assert [one.get_text() for one in axes.get_xticklabels()] == ["deployed", "0.2", "1"]
    assert only[0].get_ydata().tolist() == [1.0, 1.0, 0.0]
    assert tokens[0].get_ydata().tolist() == [1.0]
    told = [one.get_text() for one in axes.get_legend().get_texts()]
    assert told == ["deployed", "nothing else changed", "max_tokens 16"]


@pytest.mark.parametrize("temperatures", [[0, 0.7, 1], [0.5]])
def test_lines_stand_a_little_aside_so_that_their_intervals_do_not_cover_each_other(
    kernel_state, figures, temperatures
):
    over, rows = lt.grid(temperature=temperatures, top_p=[0.1, 0.5, 1]), [{"q": name} for name in "abcdef"]
    run = lt.sweep(over=over, rows=rows, message="q", score={"right": lt.contains("a")}).run()

    effect = run.plot("temperature", "right")

    first, second, third = ([*one[0].get_xdata()] for one in effect.containers)
    assert second == temperatures
    assert all(a < b < c for a, b, c in zip(first, second, third, strict=True))
    assert max(third) - max(first) <= 0.3 / 6 + 1e-9 or len(temperatures) == 1


def test_a_score_is_drawn_with_its_interval_and_against_cost(kernel_state, figures):
    over, rows = lt.grid(temperature=[0, 0.7, 1]), [{"q": name} for name in "abcdef"]
    lt.prices["m"] = (1, 2)
    try:
        run = lt.sweep(over=over, rows=rows, message="q", score={"right": lt.contains("a")}).run()
        first, *others = run.table("right")
        effect, cost = run.plot("temperature", "right"), run.plot("cost")
    finally:
        del lt.prices["m"]

    (line,) = effect.containers
    means = [[at, one["mean"]] for at, one in zip((0, 0.7, 1), others, strict=True)]
    assert line[0].get_xydata().tolist() == means
    assert line[2][0].get_segments()[0][:, 1] == pytest.approx([others[0]["low"], others[0]["high"]])
    assert effect.get_ylabel() == "right"
    assert [one.get_text() for one in effect.get_legend().get_texts()] == ["deployed"]
    assert len(cost.containers) == 4
    assert cost.containers[0][0].get_xdata() == pytest.approx([1000 * first["cost"] / first["calls"]])
    told = "\n".join(one.get_text() for one in cost.texts)
    assert told.splitlines() == ["deployed", "temperature 0", "temperature 0.7", "temperature 1"]
