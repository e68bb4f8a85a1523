"""A flow is drawn whole: every step, every way, every door."""

from ivr.draw import draw, main
from ivr.flow import DEFAULT, load_flow


def test_every_step_and_every_way_is_drawn():
    flow = load_flow(DEFAULT)
    chart = draw(flow)
    assert chart.startswith("flowchart TD\n")
    for name, step in flow.steps.items():
        assert f'"{name}<br/>' in chart
        for goal in step.goes().values():
            assert f"s_{name} -->|" in chart
            assert f"s_{goal}" in chart
    assert chart.count("-->|") == sum(len(step.goes()) for step in flow.steps.values())


def test_the_command_draws_the_default_flow_and_refuses_a_missing_one(tmp_path, capsys):
    assert main([]) == 0
    assert "1 对了" in capsys.readouterr().out
    assert main([str(tmp_path / "none.yaml")]) == 1
    assert "cannot be read" in capsys.readouterr().err
