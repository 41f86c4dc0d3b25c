"""What every component's config is: a frozen pydantic model, read by flags, trigger form and manifests alike."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Config(BaseModel):
    """Parameters that are checked when made: no unknown name, no NaN, no infinity; and that never change afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Probability = Annotated[float, Field(ge=0, le=1)]
