"""What every page shares: the frame, sign-in, language, lists, print. Knows no operation."""
