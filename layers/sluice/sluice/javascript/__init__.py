"""Read and write numbers and dates as JavaScript does."""
