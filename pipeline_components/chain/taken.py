"""Parameters that a config takes from an artifact which it names: the best of a search."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline_components.errors import BadConfig

if TYPE_CHECKING:
    from pipeline_components.store import Artifact, Store

BEST = "best.json"


@dataclass(frozen=True)
class Taken:
    """The artifact becomes the input `name`, and `take` makes of it, and the config that names it, one that does not.

    So the recipe has the parameters themselves, and lineage knows where they are from.
    """

    name: str
    component: str
    take: Callable[[Any, "Artifact"], Any]

    def artifact(self, store: "Store", named: str) -> "Artifact":
        """The artifact of that id; raises BadConfig for another component's, ArtifactNotFound if there is none."""
        found = store.artifact(named)
        if found.component != self.component:
            raise BadConfig(f"{found.id} found, an artifact of {self.component} expected")
        return found


def best_of(config: Any, search: "Artifact") -> Any:
    """The best parameters of a search, and in their place those of this config that are not at their defaults.

    Raises BadConfig for another network than the one that was searched, and where the two do not go together.
    """
    from pipeline_components.chain.config import checked
    from pipeline_components.json_files import read_json

    model = type(config)
    best = read_json(search.intact(BEST))["config"]
    given, defaults = (each.model_dump(mode="json") for each in (config, model(network=config.network)))
    changed = {name: value for name, value in given.items() if value != defaults[name] and name != "from_"}
    is_chosen = config.network != model().network
    if is_chosen and config.network != best["network"]:
        raise BadConfig(f"network: {config.network} found, and {search.id} searched {best['network']}: leave one out")
    return checked(model, {**best, **changed, "from_": None})
