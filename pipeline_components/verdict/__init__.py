"""What a model's predictions are worth: scores, intervals, comparisons and the rules that decide."""
