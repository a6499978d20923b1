"""The civic programme (我为群众办实事): from a resident's difficulty to a closed project."""
