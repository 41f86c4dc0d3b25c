"""Statistics of many images, quickly, and what makes a hash."""

import numpy as np

from pipeline_components.preprocess.statistics import content_hash, measure


def test_a_hash_tells_images_that_differ_in_one_pixel_apart():
    rows = np.zeros((784, 784), np.uint8)
    np.fill_diagonal(rows, 1)
    assert len(np.unique(content_hash(rows))) == 784
    assert len(np.unique(content_hash(np.zeros((5, 784), np.uint8)))) == 1


def test_an_image_with_no_ink_has_its_centre_in_the_middle():
    image = np.zeros((2, 28, 28), np.uint8)
    image[1, 3, 20] = 255
    measured = measure(image)
    assert (measured.row[0], measured.column[0]) == (13.5, 13.5)
    assert (measured.row[1], measured.column[1]) == (3, 20)
    assert measured.blank.tolist() == [True, False]
    assert measure(np.full((1, 28, 28), 255, np.uint8)).saturated.all()
