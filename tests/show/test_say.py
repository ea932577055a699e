"""What commands answer in a terminal."""

from langtail_nb._show.say import show, table


def test_a_terminal_obeys_no_control_character_of_a_text(capsys):
    show("name\x1b]0;title\x07\tnext\nline\x9b2J", "")

    assert capsys.readouterr().out == "name␛]0;title␇\tnext\nline\ufffd2J\n"


def test_a_table_keeps_its_rows_whatever_its_cells_hold():
    plain, markdown = table(["name", ""], [["a\nb | c", None], ["<b>", 1]])

    assert plain.splitlines()[1:] == ["a b | c", "<b>      1"]
    assert len(markdown.splitlines()) == 4
    assert "<b>" not in markdown
