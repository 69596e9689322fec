"""What lies in repositories and checkouts: rendered, restored, cloned."""
