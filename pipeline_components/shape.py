"""The shape of an image, which data, networks and exported models must agree on."""

IMAGE_SHAPE = (28, 28)  # rows, columns
