"""The workspace: the user's sources and destinations, compiled and loaded.

`models` and `compiler` need pydantic and run when the workspace is built; `compiled` is all that functions import.
"""
