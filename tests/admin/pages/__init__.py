"""The pages, as a browser without JavaScript sends and gets them."""
