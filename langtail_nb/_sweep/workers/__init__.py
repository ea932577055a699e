"""The calls of a run sent by other processes: what goes there, what is done there, and who hands it out."""
