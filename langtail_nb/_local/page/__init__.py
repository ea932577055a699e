"""The page that shows each request as the model got it."""
