"""What answers: a real small model, any OpenAI-compatible server, or an echo."""
