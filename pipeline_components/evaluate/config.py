"""Parameters of evaluate."""

from pydantic import Field

from pipeline_components.config import Config, Probability


class EvaluateConfig(Config):
    """What a model must show before it may be served."""

    accuracy_threshold: Probability | None = Field(
        None, description="Test accuracy below which a model is refused; the dataset's own when not given."
    )
    confidence: float = Field(0.95, gt=0.5, lt=1, description="Of the intervals; the accuracy counts by its lower end.")
    recall_floor: Probability | None = Field(
        None,
        description="Recall that every class must reach; when not given, no class may miss five times as many as the "
        "accuracy threshold allows in all.",
    )
    overconfidence_bound: Probability | None = Field(
        None,
        description="Mean confidence less accuracy above which a model is refused; when not given, four fifths of its "
        "share of mistakes: one that is always sure is over by all of it.",
    )
    champion_alpha: float = Field(
        0.01,
        gt=0,
        lt=0.5,
        description="Significance at which a model counts as worse (or better) than the one served, or the anchor.",
    )
    loss_margin: float = Field(
        0.1,
        ge=0,
        description="Share of the champion's loss by which a model's own may surely be higher.",
    )
    class_margin: Probability = Field(
        0.02, description="Recall that any one class may surely lose against the champion: 0.02 is two points."
    )
    require_improvement: bool = Field(
        False,
        description="Refuse a model that is not significantly better than the champion, at a significance that "
        "shrinks with the models judged before.",
    )
    earlier_looks: int | None = Field(
        None, ge=0, description="Models judged on these test images before; counted in the store when not given."
    )
    slice_floors: dict[str, Probability] = Field(
        {}, description='Accuracy that named slices must reach: {"class_8": 0.95, "ink_1": 0.97, "hard": 0.1}.'
    )
    new_line: bool = Field(False, description="Serve this model even if the champion has other classes or other data.")
    force_bless: str | None = Field(
        None,
        pattern=r"^\S.{8,}\S$",
        description="Serve the model whatever the rules say, for this reason (ten characters or more); it is recorded.",
    )
