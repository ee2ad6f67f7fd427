//! The baked colours of a scan, ready to be worn.

use std::io::Cursor;

use crate::person::{PersonError, Skin};

/// A longer side is not read: [`Skin`]s have 1024 texels.
const MOST_PX: u32 = 4096;

/// Colours of a person's skin on the body's texture layout, row by row from the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colours {
    /// Texels of a side.
    pub side: usize,
    /// sRGB, `[side²]`; light and shadow of the scanner's room included.
    pub rgb: Vec<[u8; 3]>,
    /// Whether the scan had a colour, `[side²]`.
    pub covered: Vec<bool>,
}

impl Skin {
    /// Decodes the pictures.
    ///
    /// # Errors
    /// [`PersonError::Inconsistent`] where they are no such pictures, or not square and alike.
    pub fn colours(&self) -> Result<Colours, PersonError> {
        let (side, rgb) = decoded::<3>(&self.colour_png)?;
        let (other, coverage) = decoded::<1>(&self.coverage_png)?;
        if side != other {
            return Err(PersonError::Inconsistent("colours"));
        }
        Ok(Colours {
            side,
            rgb,
            covered: coverage.into_iter().map(|[c]| c > 127).collect(),
        })
    }
}

/// A square picture of `N` channels of eight bits.
fn decoded<const N: usize>(bytes: &[u8]) -> Result<(usize, Vec<[u8; N]>), PersonError> {
    let wrong = || PersonError::Inconsistent("colours");
    let mut reader = png::Decoder::new(Cursor::new(bytes))
        .read_info()
        .map_err(|_| wrong())?;
    let info = reader.info();
    let (width, height) = (info.width, info.height);
    let eight_bits = info.bit_depth == png::BitDepth::Eight;
    if width != height || width > MOST_PX || !eight_bits || info.color_type.samples() != N {
        return Err(wrong());
    }
    let mut texels = vec![[0; N]; width as usize * width as usize];
    reader
        .next_frame(texels.as_flattened_mut())
        .map_err(|_| wrong())?;
    Ok((width as usize, texels))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(side: u32, kind: png::ColorType, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, side, side);
        encoder.set_color(kind);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().expect("to memory");
        writer.write_image_data(bytes).expect("to memory");
        writer.finish().expect("to memory");
        out
    }

    #[test]
    fn colours_come_back_and_what_is_no_such_picture_is_refused() {
        let skin = Skin {
            colour_png: png(
                2,
                png::ColorType::Rgb,
                &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
            ),
            coverage_png: png(2, png::ColorType::Grayscale, &[0, 255, 255, 0]),
        };
        let colours = skin.colours().expect("sound");
        assert_eq!(colours.rgb[3], [10, 11, 12]);
        assert_eq!(colours.covered, [false, true, true, false]);
        for spoil in [
            |s: &mut Skin| s.coverage_png = png(1, png::ColorType::Grayscale, &[0]),
            |s: &mut Skin| s.coverage_png.clone_from(&s.colour_png),
            |s: &mut Skin| s.colour_png.truncate(40),
            |s: &mut Skin| s.colour_png.clear(),
        ] {
            let mut bad = skin.clone();
            spoil(&mut bad);
            assert_eq!(bad.colours(), Err(PersonError::Inconsistent("colours")));
        }
    }
}
