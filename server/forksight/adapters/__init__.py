"""The doors to the outside world: one per thing (git, claude, transcripts, the ledger, files, the clock)."""
