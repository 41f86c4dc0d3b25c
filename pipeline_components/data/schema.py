"""The data's contract: what every image must be, and which classes and how many examples there are."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from pipeline_components.config import Config
from pipeline_components.errors import BadData, first_line
from pipeline_components.regular_files import read_regular
from pipeline_components.shape import IMAGE_SHAPE


class ImageSchema(Config):
    """What every image must be: of the one shape and type that networks read, within a range of grays."""

    shape: list[int] = Field(list(IMAGE_SHAPE))
    dtype: Literal["uint8"] = "uint8"
    minimum: int = Field(0, ge=0, le=255)
    maximum: int = Field(255, ge=0, le=255)

    @field_validator("shape")
    @classmethod
    def _is_the_shape_of_all(cls, value: list[int]) -> list[int]:
        """Refuse what no network here reads."""
        if value != list(IMAGE_SHAPE):
            raise PydanticCustomError("shape", f"Input should be {list(IMAGE_SHAPE)}")
        return value

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        """Refuse a range that no pixel is in."""
        if self.minimum > self.maximum:
            raise PydanticCustomError("range", f"Input should have a minimum of at most {self.maximum}, its maximum")
        return self


class DataSchema(Config):
    """What a dataset must be: schema.json. `splits` holds the sizes that are required; leave one out to allow any."""

    dataset: str = Field(min_length=1)
    classes: list[Annotated[str, Field(min_length=1)]] = Field(min_length=2, max_length=256)
    image: ImageSchema = ImageSchema()
    splits: dict[Annotated[str, Field(pattern="^(train|test)$")], Annotated[int, Field(ge=1)]] = Field({})

    @field_validator("classes")
    @classmethod
    def _are_told_apart(cls, value: list[str]) -> list[str]:
        """Refuse two classes of one name."""
        if twice := sorted({each for each in value if value.count(each) > 1}):
            raise PydanticCustomError("classes", f"Input should name {twice[0]!a} once")
        return value


def read_schema(file: Path) -> DataSchema:
    """The schema that preprocess wrote; raises BadData when the file does not hold one."""
    try:
        return DataSchema.model_validate_json(read_regular(file))
    except (OSError, ValueError) as error:
        raise BadData(f"{file}: not a schema ({first_line(error)}): run preprocess again") from None
