"""What is set here on its way into a project file: which file, what it is to say, how that differs."""
