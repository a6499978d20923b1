"""Who is due, done, excused, outstanding and missed; the door wall. Knows no operation."""
