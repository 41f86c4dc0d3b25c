"""The data's contract: what every image must be, and which classes and how many examples there are."""

from pathlib import Path

from pydantic import Field

from pipeline_components.config import Config
from pipeline_components.errors import BadData, first_line
from pipeline_components.shape import IMAGE_SHAPE


class ImageSchema(Config):
    """What every image must be."""

    shape: list[int] = Field(list(IMAGE_SHAPE))
    dtype: str = "uint8"
    minimum: int = 0
    maximum: int = 255


class DataSchema(Config):
    """What a dataset must be: schema.json. `splits` holds the sizes that are required; leave one out to allow any."""

    dataset: str
    classes: list[str] = Field(min_length=2, max_length=256)
    image: ImageSchema = ImageSchema()
    splits: dict[str, int] = Field({})


def read_schema(file: Path) -> DataSchema:
    """The schema that preprocess wrote; raises BadData when the file does not hold one."""
    try:
        return DataSchema.model_validate_json(file.read_text())
    except (OSError, ValueError) as error:
        raise BadData(f"{file}: not a schema ({first_line(error)}): run preprocess again") from None
