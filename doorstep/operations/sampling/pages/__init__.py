"""The pages of sampling, split by who works at them."""
