//! The unit a file's numbers are in: formats do not say it.

use serde::{Deserialize, Serialize};

/// A unit of length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// 1 m.
    Metre,
    /// 0.1 m.
    Decimetre,
    /// 0.01 m.
    Centimetre,
    /// 0.001 m.
    Millimetre,
    /// 0.0254 m.
    Inch,
}

impl Unit {
    /// Tried first.
    pub const COMMON: [Self; 4] = [Self::Metre, Self::Centimetre, Self::Millimetre, Self::Inch];
    /// Tried where none of the common ones gives a thing of plausible size.
    pub const RARE: [Self; 1] = [Self::Decimetre];

    /// Its length.
    pub fn metres(self) -> f32 {
        match self {
            Self::Metre => 1.0,
            Self::Decimetre => 0.1,
            Self::Centimetre => 0.01,
            Self::Millimetre => 0.001,
            Self::Inch => 0.0254,
        }
    }

    /// As one writes it behind a number.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Metre => "m",
            Self::Decimetre => "dm",
            Self::Centimetre => "cm",
            Self::Millimetre => "mm",
            Self::Inch => "in",
        }
    }

    /// By symbol.
    pub fn from_symbol(symbol: &str) -> Option<Self> {
        [
            Self::Metre,
            Self::Decimetre,
            Self::Centimetre,
            Self::Millimetre,
            Self::Inch,
        ]
        .into_iter()
        .find(|unit| unit.symbol() == symbol)
    }
}
