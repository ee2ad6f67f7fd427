//! Where rows come from: typed attributes, distributions, recipes and the seeded streams that every random choice draws from.
pub mod attribute;
pub mod row;
pub mod stream;
