"""The book: device chains, the tree, custody. Knows nothing of what an entry means."""
