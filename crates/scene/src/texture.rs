//! Images on surfaces and around scenes.

/// Row-major, row 0 on top, four linear channels as written by the maker.
#[derive(Debug, Clone)]
pub struct Texture {
    pub width: u32,
    pub height: u32,
    pub texels: Texels,
}

/// How texels are stored. Decoding to linear happens at lookup.
#[derive(Debug, Clone)]
pub enum Texels {
    /// sRGB colour with straight linear alpha, 4 bytes a texel.
    Srgba8(Vec<[u8; 4]>),
    /// Linear data (masks, heights, roughness), 1 byte a texel, all channels equal, alpha too.
    Linear8(Vec<u8>),
    /// Linear radiance or colour.
    Rgb32(Vec<[f32; 3]>),
}
