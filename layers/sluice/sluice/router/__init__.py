"""The router: requests become events, rejections, duplicates, and packs per destination. Its clients are passed in."""
