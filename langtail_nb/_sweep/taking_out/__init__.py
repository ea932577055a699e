"""What is taken out of a run: tables of all trials, files, two settings side by side, pictures."""
