"""An answer in, a score out, or the reason why there is none."""
