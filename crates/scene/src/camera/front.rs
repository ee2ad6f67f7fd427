//! What is on the glass in front of a lens.

/// What is on the front of the lens. `render::sensor` applies it to the light that passes; ground truth never knows.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LensFront {
    /// Fogged or greased, `[0, 1]`: light is scattered around its way and over the whole picture, in patches.
    pub fog: f64,
    /// Dust and specks, far out of focus, `[0, 1]`: they dim what is behind them and glow a little.
    pub dirt: f64,
    /// Drops of water, `[0, 1]`: each shows the scene again, small and upside down.
    pub drops: f64,
    /// Of where it all is.
    pub seed: u32,
}

impl LensFront {
    /// Nothing is on it.
    pub fn is_clean(&self) -> bool {
        self.fog <= 0.0 && self.dirt <= 0.0 && self.drops <= 0.0
    }
}
