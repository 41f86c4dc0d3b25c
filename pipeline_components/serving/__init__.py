"""HTTP: predictions in TensorFlow Serving's forms, a page to draw on, corrections kept."""
