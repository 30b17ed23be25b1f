"""The types of warehouse, a folder for each."""
