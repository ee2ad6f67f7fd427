//! How light becomes numbers, and how depth does.

/// How light becomes numbers. `render::sensor` applies it, and says in which order.
#[derive(Debug, Clone, PartialEq)]
pub struct Sensor {
    /// Electrons a pixel holds at base sensitivity.
    pub full_well_e: f64,
    /// Standard deviation of read noise, electrons.
    pub read_noise_e: f64,
    /// Sensitivity, at least 100, which is the base. Each doubling halves the electrons that the same picture is made of.
    pub iso: f64,
    /// Bits of the converter.
    pub bits: u32,
    /// Stops between white (exposed radiance 1) and the full well: what a tone curve has for highlights.
    pub headroom_ev: f64,
    /// Whether each pixel sees one colour (RGGB) and the others are interpolated; otherwise every pixel sees all three.
    pub bayer: bool,
    /// Light in the farthest corner over light in the middle, `(0, 1]`.
    pub vignetting: f64,
    /// Red magnified and blue shrunk by this share of the distance from the middle.
    pub chromatic_aberration: f64,
    /// Share of light spread widely by lens and cover glass, `[0, 1)`.
    pub bloom: f64,
    /// Gains of red, green and blue after the converter, at least 1. A channel of gain 2 gets half of the light into its numbers, so that white stays white
    /// and the channel is noisier.
    pub white_balance: [f64; 3],
    /// Quality of JPEG compression, 1 to 100; `None` is lossless.
    pub jpeg_quality: Option<u8>,
}

impl Sensor {
    /// No fault but a finite number of electrons: 100,000 of them and 16 bits, no lens effects.
    pub fn ideal() -> Self {
        Self {
            full_well_e: 1e5,
            read_noise_e: 0.0,
            iso: 100.0,
            bits: 16,
            headroom_ev: 0.0,
            bayer: false,
            vignetting: 1.0,
            chromatic_aberration: 0.0,
            bloom: 0.0,
            white_balance: [1.0; 3],
            jpeg_quality: None,
        }
    }

    /// A telephone's main camera: 1.4 µm pixels of about 6,000 electrons and 1.8 electrons of read noise with 10 bits, daylight white balance, lens
    /// shading mostly corrected, JPEG 90. One exposure, without the stacking and smoothing that telephones hide its noise with.
    pub fn phone() -> Self {
        Self {
            full_well_e: 6000.0,
            read_noise_e: 1.8,
            bits: 10,
            headroom_ev: 1.5,
            bayer: true,
            vignetting: 0.75,
            chromatic_aberration: 0.0006,
            bloom: 0.03,
            white_balance: [2.0, 1.0, 1.6],
            jpeg_quality: Some(90),
            ..Self::ideal()
        }
    }

    /// A camera in a car: 3 µm pixels of about 10,000 electrons and 4 electrons of read noise with 12 bits, a fast wide lens behind glass, no JPEG.
    pub fn automotive() -> Self {
        Self {
            full_well_e: 10_000.0,
            read_noise_e: 4.0,
            bits: 12,
            headroom_ev: 2.0,
            bayer: true,
            vignetting: 0.55,
            chromatic_aberration: 0.001,
            bloom: 0.05,
            white_balance: [1.9, 1.0, 1.7],
            ..Self::ideal()
        }
    }

    /// The same with one kind of pixel, as for near infrared: no mosaic, no colour fringes, no white balance.
    #[must_use]
    pub fn monochrome(self) -> Self {
        Self {
            bayer: false,
            chromatic_aberration: 0.0,
            white_balance: [1.0; 3],
            ..self
        }
    }
}

/// What measures depth, and how well. `render::sensor::depth` applies it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DepthSensor {
    /// A second camera to the right of this one.
    Stereo {
        /// Metres between the lenses.
        baseline_m: f64,
        /// Standard deviation of disparity, pixels; 0.1 is good matching.
        disparity_noise_px: f64,
    },
    /// Modulated light beside the lens.
    TimeOfFlight {
        /// Standard deviation at a white surface that faces the sensor at 1 m, metres.
        noise_at_1m_m: f64,
        /// Nothing farther away is measured, metres.
        range_m: f64,
    },
}
