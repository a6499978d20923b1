"""The operations. They never import each other."""
