"""What a run shows: its scores as they come, words with their evidence, the table, the choice, the gate."""
