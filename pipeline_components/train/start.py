"""Where the weights of a network begin, if not with initial ones: at those of a model that was trained before."""

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline_components.errors import BadConfig, BadModel, first_line

if TYPE_CHECKING:
    import keras


def start_from(model: "keras.Model", trained: Path) -> None:
    """Give a model the weights, averages of normalisations among them, of `model.keras` in the folder `trained`.

    Raises BadConfig if that has other layers, BadModel if it cannot be read.
    """
    import keras

    from pipeline_components.models import weights_of

    try:
        before = keras.models.load_model(trained / "model.keras", compile=False)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BadModel(f"{trained}/model.keras: cannot be loaded ({first_line(error)}): train again") from None
    own, theirs = weights_of(model), weights_of(before)
    shapes, found = ({path: weight.shape for path, weight in each.items()} for each in (own, theirs))
    for path in sorted(shapes.keys() | found.keys()):
        if shapes.get(path) != found.get(path):
            raise BadConfig(
                f"warm_start: {trained}: a model of other layers: {path} of shape {found.get(path, 'none')} found, "
                f"{shapes.get(path, 'none')} expected"
            )
    for path, weight in own.items():
        weight.assign(theirs[path])
