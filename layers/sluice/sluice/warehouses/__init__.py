"""Segment's schema in a warehouse: names, rows, column types and tables. Pure: engines are passed in."""
