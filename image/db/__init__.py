"""The tables of image, and the questions asked of them."""
