"""The named town: Guicheng, 21 June 2021, with invented people. Nobody imports it but the command line."""
