"""Look over a router and everything that it depends on, and say what is wrong and how it is mended."""
