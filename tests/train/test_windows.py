"""Windows: every example once an epoch, mixed however the file is sorted, and the same again by the same seed."""

import numpy as np
import pyarrow as pa
import pytest

from pipeline_components.data.examples import Examples, read_examples, write_examples
from pipeline_components.models import network, weights_digest
from pipeline_components.train import TrainConfig
from pipeline_components.train.fit import fit, judged
from pipeline_components.train.windows import epochs, in_order, orders, pieces_of, steps_of_an_epoch
from tests.kits.tfds import handwriting

FEW = TrainConfig(window=2000, epochs=2)


def numbered(count: int, classes: int = 10) -> Examples:
    """Images whose first pixels say their position; sorted by their labels."""
    image = np.zeros((count, 28, 28), np.uint8)
    image[:, 0, :4] = np.arange(count, dtype="<u4").view(np.uint8).reshape(count, 4)
    label = np.sort(np.arange(count) % classes).astype(np.uint8)
    return Examples(image, label, pa.array([f"train/{i}" for i in range(count)]))


def gone_through(windows) -> list[np.ndarray]:
    """The positions in each window, in the order in which they are trained on."""
    found = []
    for image, label, order in windows:
        number = np.ascontiguousarray(np.asarray(image)[:, 0, :4]).view("<u4")[:, 0]
        assert (np.asarray(label).shape, np.asarray(order).dtype) == ((len(number),), np.int32)
        found.append(number[np.asarray(order)])
    return found


def test_every_epoch_holds_every_example_once_in_an_order_of_its_own():
    first, second = (list(map(int, order)) for order in orders(1000, TrainConfig(epochs=2)))
    assert sorted(first) == sorted(second) == list(range(1000))
    assert first != second
    (again,) = (list(map(int, order)) for order in orders(1000, TrainConfig(epochs=1)))
    (other,) = (list(map(int, order)) for order in orders(1000, TrainConfig(epochs=1, seed=1)))
    assert again == first != other


@pytest.mark.parametrize(
    ("count", "window"), [(12_345, 2000), (12_345, 9999), (5001, 5000), (2001, 2000), (1999, 2000)]
)
def test_windows_hold_every_example_once_and_are_about_as_large(count, window, tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline_components.data.examples.WHOLE", 500)
    write_examples(tmp_path / "train.arrow", numbered(count))
    config = FEW.model_copy(update={"window": window})
    for windows in epochs(read_examples(tmp_path / "train.arrow"), config):
        found = gone_through(windows)
        assert sorted(np.concatenate(found)) == list(range(count))
        sizes = list(map(len, found))
        assert max(sizes) <= (window // 2 if count > window else window) and max(sizes) - min(sizes) < 2000
        assert all((each != np.sort(each)).any() for each in found if len(each) > 1)


def test_the_same_seed_is_the_same_order_and_each_epoch_and_seed_has_its_own():
    def whole(seed: int) -> list[list[int]]:
        config = FEW.model_copy(update={"seed": seed})
        return [np.concatenate(gone_through(windows)).tolist() for windows in epochs(numbered(5500), config)]

    (first, second), again, other = whole(0), whole(0), whole(1)
    assert [first, second] == again and first != second and first not in other
    (after,) = epochs(numbered(5500), FEW, done=1)
    assert np.concatenate(gone_through(after)).tolist() == second


def test_an_epoch_is_mixed_across_the_whole_set_though_it_is_sorted_by_label():
    count = 400_000  # 400 pieces, in windows of 80
    config = TrainConfig(window=160_000, epochs=2)
    places = []
    for epoch in (1, 2):
        windows = pieces_of(count, config, epoch)
        assert sorted(np.concatenate(windows)) == list(range(400)) and [len(each) for each in windows] == [80] * 5
        for each in windows:  # a class has 40 pieces side by side; 8 of 80 are to be expected, give or take 2.4
            assert np.bincount(each // 40, minlength=10).min() > 0 and np.bincount(each // 40).max() < 20
        places.append(np.argsort(np.concatenate(windows)))
    assert abs(np.corrcoef(places[0], places[1])[0, 1]) < 0.15, "as ranks: three deviations of chance"
    assert abs(np.corrcoef(places[0], np.arange(400))[0, 1]) < 0.15


@pytest.mark.parametrize(("count", "window", "batch"), [(5500, 2000, 128), (5500, 4000, 100), (1900, 2000, 128)])
def test_steps_are_counted_as_they_are_taken(count, window, batch):
    config = FEW.model_copy(update={"window": window, "batch_size": batch})
    for windows in epochs(numbered(count), config):
        taken = sum(-(-len(each) // batch) for each in gone_through(windows))
        assert abs(taken - steps_of_an_epoch(count, config)) <= 1


def test_what_is_judged_in_order_is_read_again_each_time():
    windows = in_order(numbered(2500), 1000)
    for _ in range(2):
        assert np.concatenate(gone_through(windows)).tolist() == list(range(2500))
    assert len(list(windows)) == 3 and len(in_order(numbered(900), 1000)) == 1


@pytest.mark.parametrize("augmentation", ["off", "full"])
def test_a_training_by_windows_learns_repeats_and_judges_as_one_in_memory(augmentation, tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline_components.data.examples.WHOLE", 500)
    for split, (image, label) in handwriting(300, 50).items():
        write_examples(tmp_path / split, Examples(image, label, pa.array([f"{split}/{i}" for i in range(len(label))])))
    training, held_out = read_examples(tmp_path / "train"), read_examples(tmp_path / "test")
    config = TrainConfig(epochs=4, window=2000, augmentation=augmentation)
    digests, accuracy = [], 0.0
    for _ in range(2):
        model = network("mlp").build(10, 0)
        rows = list(fit(model, training, held_out, config, xla=True))
        digests.append(weights_digest(model))
        accuracy = rows[-1]["validation_accuracy"]
    assert digests[0] == digests[1] and accuracy > (0.75 if augmentation == "off" else 0.5)
    by_windows, at_once = (judged(model, held_out, size) for size in (150, 500))
    assert by_windows == pytest.approx(at_once)
    assert at_once[1] == pytest.approx(accuracy)


def test_variations_differ_from_window_to_window():
    same = Examples(np.tile(handwriting()["train"][0][:1], (3000, 1, 1)), np.zeros(3000, np.uint8), pa.nulls(3000))
    config = FEW.model_copy(update={"rotation": 20.0})
    seen = [np.asarray(image) for windows in epochs(same, config) for image, _, _ in windows]
    assert len(seen) == 6
    assert len({image.tobytes() for image in seen}) == 6
