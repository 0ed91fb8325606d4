"""The reading page: a question, its passages, and each in its article."""
