"""Several networks in one: the mean of what they say, each from a seed of its own."""

import numpy as np

from pipeline_components.models import weights_digest
from pipeline_components.models.ensemble import ensemble, members_of

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 28, 28), dtype=np.uint8)


def test_it_says_the_mean_of_its_members():
    model = ensemble(3, 0, members=3)
    answers = [member(IMAGES).numpy() for member in members_of(model)]
    assert len(answers) == 3 and not np.allclose(answers[0], answers[1])
    np.testing.assert_allclose(model(IMAGES), np.mean(answers, axis=0), atol=1e-6)


def test_no_two_ensembles_share_a_member():
    one, other = (members_of(ensemble(3, seed, members=2)) for seed in (0, 1))
    kernels = [member.get_layer("convolution_1").kernel.numpy() for member in [*one, *other]]
    assert all(not np.allclose(a, b) for n, a in enumerate(kernels) for b in kernels[n + 1 :])


def test_one_member_is_itself():
    (member,) = members_of(model := ensemble(3, 0, members=1))
    np.testing.assert_array_equal(model(IMAGES), member(IMAGES))


def test_its_digest_is_of_every_member():
    one, other = ensemble(3, 0, members=2), ensemble(3, 0, members=2)
    assert weights_digest(one) == weights_digest(other)
    for member in members_of(other):
        bias = member.get_layer("probabilities").bias
        bias.assign(bias + 1)
        assert weights_digest(one) != weights_digest(other)
        bias.assign(bias - 1)
