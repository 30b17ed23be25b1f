"""The router: accepted requests become events, rejections, duplicates, and packs per destination."""
