"""One function for each thing a person does about the programme."""
