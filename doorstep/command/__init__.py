"""The command post: the pages of the district, its estates, rounds and book."""
