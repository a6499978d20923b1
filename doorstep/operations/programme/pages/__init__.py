"""What people see of the programme."""
