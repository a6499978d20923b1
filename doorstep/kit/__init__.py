"""Small pure tools every package may use. Knows no Django and no other package."""
