"""What components hand one another: examples, images, schema, blessing, exported model, and the known datasets."""
