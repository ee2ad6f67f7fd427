//! Counter-based random streams keyed by (seed, index, purpose).
