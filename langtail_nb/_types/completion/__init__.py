"""The one reader of chat-completion events: an event in, a Chunk out; Chunks in, the answer so far out."""
