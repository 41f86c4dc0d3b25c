"""What the gate says of a model that learnt from data which preprocess let through, and what that model has lost."""

from dataclasses import dataclass
from pathlib import Path

from pipeline_components.evaluate import EvaluateConfig, evaluate
from pipeline_components.evaluate.predictions import probabilities_of
from pipeline_components.export import ExportConfig, export
from pipeline_components.preprocess import PreprocessConfig, preprocess
from pipeline_components.train import TrainConfig, train
from tests.faults import source
from tests.kits.tfds import write_folder

#: A part of MNIST is a seventh of it: its models reach 0.94 where the bar for all of it is higher than that.
THRESHOLDS = {"mnist": 0.9, "mnist_sample": None}


@dataclass(frozen=True)
class Champion:
    """A model that learnt from clean data: its preprocess and export artifacts, and the accuracy of an honest twin."""

    dataset: str
    examples: Path
    exported: Path
    accuracy: float

    @classmethod
    def of(cls, dataset: str, folder: Path) -> "Champion":
        """Train it on other images than faults are put into, as far as the dataset has others, and export it."""
        examples = preprocessed(dataset, source.part(dataset, seed=1), folder)
        model, evaluation, exported = (made(folder, name) for name in ("train", "evaluate", "export"))
        train(examples, out=model, config=TrainConfig())
        evaluate(examples, model, out=evaluation, config=_config(dataset))
        export(examples, model, evaluation, out=exported, config=ExportConfig())
        twin = made(folder, "twin")
        train(preprocessed(dataset, source.part(dataset), twin), out=twin, config=TrainConfig())
        return cls(dataset, examples, exported, accuracy(dataset, twin))

    def verdict(self, examples: Path, folder: Path) -> tuple[str, float]:
        """`blessed` or `refused`, and how many points of accuracy on clean images the model is below its honest twin,
        which learnt from the same images without the fault."""
        model, evaluation = made(folder, "train"), made(folder, "evaluate")
        train(examples, out=model, config=TrainConfig())
        known = {"champion_examples": [self.examples]}
        judged = evaluate(examples, model, self.exported, out=evaluation, config=_config(self.dataset), **known)
        return judged["verdict"], round(100 * (self.accuracy - accuracy(self.dataset, model)), 1)


def accuracy(dataset: str, model: Path) -> float:
    """Of a model on the clean test images that faults are put into."""
    image, label = source.part(dataset)["test"]
    return float((probabilities_of(model / "model.keras", image, 10).argmax(axis=1) == label).mean())


def preprocessed(dataset: str, splits: source.Splits, folder: Path, baseline: Path | None = None) -> Path:
    """The preprocess artifact of some splits; raises BadData when an error stops it."""
    root, out = write_folder(folder / "ingest", splits, name=dataset), made(folder, "preprocess")
    schema = {"dataset": dataset, "classes": list("0123456789")}
    preprocess(root, baseline, out=out, config=PreprocessConfig(data_schema=schema))
    return out


def made(folder: Path, name: str) -> Path:
    """A new folder."""
    (folder / name).mkdir(parents=True)
    return folder / name


def _config(dataset: str) -> EvaluateConfig:
    return EvaluateConfig(accuracy_threshold=THRESHOLDS[dataset])
