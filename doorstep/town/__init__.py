"""The named town: Guicheng, 21 June 2021, with invented people. Only config imports it."""
