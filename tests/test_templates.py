"""Templates as every page has them."""

import pytest
from jinja2 import UndefinedError

from pipeline_components.templates import templates


def test_html_is_escaped_unless_it_is_none_and_what_is_missing_is_an_error(tmp_path):
    (tmp_path / "a.j2").write_text("{% if said %}\n  {{ said }}\n{% endif %}\n")
    assert templates(tmp_path).get_template("a.j2").render(said="<b>") == "  &lt;b&gt;\n"
    assert templates(tmp_path, escape=False).get_template("a.j2").render(said="<b>") == "  <b>\n"
    with pytest.raises(UndefinedError, match="said"):
        templates(tmp_path).get_template("a.j2").render()
