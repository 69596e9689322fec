"""From a laptop to platforms of one's own: what that comes to, and the rows on their way."""
