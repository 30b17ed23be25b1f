"""From accepted requests to events, rejections, duplicates, and packs per destination. Its clients are passed in."""
