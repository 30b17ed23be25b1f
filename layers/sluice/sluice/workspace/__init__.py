"""What a user configures: sources, destinations, and how they are compiled and loaded.

`models` and `compiling` need pydantic and run when the workspace is built; `loading` is all that functions import.
"""
