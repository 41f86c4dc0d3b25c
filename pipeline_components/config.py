"""What every component's config is: a frozen pydantic model, read by flags, trigger form and manifests alike."""

import re
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

NOT_IN_NUMBERS = {int: re.compile(r"[\s_.]|^\+"), float: re.compile(r"[\s_]|^\+")}  # as JSON writes them


class Config(BaseModel):
    """Parameters that are checked when made: no unknown name, no NaN, no infinity; and that never change afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _is_spelt_as_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        """Flags are text, which pydantic would read `1_0` and `' 3 '` in as numbers: a form and a file do not."""
        if isinstance(value, str) and info.field_name:
            annotation = cls.model_fields[info.field_name].annotation
            for number, strange in NOT_IN_NUMBERS.items():
                if number in (annotation, *get_args(annotation)) and strange.search(value):
                    raise PydanticCustomError("number", "Input should be a number, written in digits alone")
        return value


Probability = Annotated[float, Field(ge=0, le=1)]
