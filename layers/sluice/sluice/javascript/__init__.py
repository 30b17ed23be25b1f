"""How JavaScript reads numbers and dates."""
