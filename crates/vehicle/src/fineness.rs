//! How finely cars are meshed.

/// About how far apart the vertices of the outer skin are, metres: [`Fineness::FINEST_M`] to [`Fineness::COARSEST_M`], 0.022 unless another is asked for. They are closer
/// where lines run along the shoulder, farther apart where panels are flat.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fineness {
    cell_m: f32,
}

impl Fineness {
    /// For close-ups of a panel.
    pub const FINEST_M: f32 = 0.008;
    /// For cars in the distance.
    pub const COARSEST_M: f32 = 0.04;

    /// The nearest that there is; the default for what is no number.
    pub fn new(cell_m: f32) -> Self {
        if cell_m.is_nan() {
            return Self::default();
        }
        Self {
            cell_m: cell_m.clamp(Self::FINEST_M, Self::COARSEST_M),
        }
    }

    /// Metres between vertices.
    pub fn cell_m(self) -> f32 {
        self.cell_m
    }

    /// Flat pieces around a wheel, a multiple of 3.
    pub(crate) fn around_wheel(self) -> usize {
        3 * (0.62 / self.cell_m).clamp(20.0, 48.0) as usize
    }

    /// Cells of what is behind the skin.
    pub(crate) fn inner_m(self) -> f32 {
        (2.5 * self.cell_m).max(0.05)
    }
}

impl Default for Fineness {
    fn default() -> Self {
        Self { cell_m: 0.022 }
    }
}
