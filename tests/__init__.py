"""What crosses packages. A package, since a library of the benchmarks installs one of that name."""
