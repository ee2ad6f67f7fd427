//! Radiance RGBE (`.hdr`), by hand: the format is two pages (Ward, *Graphics Gems II*, 1991; `color.c` of Radiance), and the only
//! kept decoder comes with the whole of an imaging library.
use super::{ReadError, clamp_radiance, texel_count};
use crate::{Texture, texture::Texels};

/// Longest header we read; real ones have a few hundred bytes.
const HEADER_LIMIT_BYTES: usize = 64 << 10;

/// RGBE with rows from top to bottom (`-Y h +X w`), flat or run-length encoded (the encoding of 1991). XYZE files are refused.
pub(super) fn texture(bytes: &[u8]) -> Result<Texture, ReadError> {
    let mut cursor = Cursor { rest: bytes };
    let (width, height) = header(&mut cursor)?;
    let count = texel_count(width, height, 12)?;
    // A row needs at least its four encoded planes, so a short file cannot ask for a large picture.
    if cursor.rest.len() < height {
        return Err(damaged("it breaks off"));
    }
    let mut texels = Vec::with_capacity(count);
    let mut row = vec![[0_u8; 4]; width];
    for _ in 0..height {
        scanline(&mut cursor, &mut row)?;
        texels.extend(row.iter().map(|&rgbe| radiance(rgbe)));
    }
    Ok(Texture {
        width: width as u32,
        height: height as u32,
        texels: Texels::Rgb32(texels),
    })
}

fn damaged(found: &str) -> ReadError {
    ReadError::damaged("Radiance HDR", found)
}

struct Cursor<'b> {
    rest: &'b [u8],
}

impl<'b> Cursor<'b> {
    fn take(&mut self, count: usize) -> Result<&'b [u8], ReadError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or_else(|| damaged("it breaks off"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, ReadError> {
        Ok(self.take(1)?[0])
    }

    fn line(&mut self) -> Result<&'b str, ReadError> {
        let window = &self.rest[..self.rest.len().min(HEADER_LIMIT_BYTES)];
        let end = window
            .iter()
            .position(|&byte| byte == b'\n')
            .ok_or_else(|| damaged("its header has no end"))?;
        let line = self.take(end + 1)?;
        std::str::from_utf8(&line[..end])
            .map(|line| line.trim_end_matches('\r'))
            .map_err(|_| damaged("its header is not text"))
    }
}

fn header(cursor: &mut Cursor<'_>) -> Result<(usize, usize), ReadError> {
    let start = cursor.rest.len();
    loop {
        let line = cursor.line()?;
        if start - cursor.rest.len() > HEADER_LIMIT_BYTES {
            return Err(damaged("its header has no end"));
        }
        if line.is_empty() {
            break;
        }
        if line.starts_with("FORMAT=") && line != "FORMAT=32-bit_rle_rgbe" {
            return Err(damaged("its pixels are not RGBE"));
        }
    }
    let words: Vec<&str> = cursor.line()?.split_ascii_whitespace().collect();
    let [y_axis, height, x_axis, width] = words[..] else {
        return Err(damaged("its size line is not `-Y height +X width`"));
    };
    if (y_axis, x_axis) != ("-Y", "+X") {
        return Err(damaged(
            "its rows do not run from top to bottom (`-Y height +X width`)",
        ));
    }
    match (width.parse(), height.parse()) {
        (Ok(width), Ok(height)) if width > 0 && height > 0 => Ok((width, height)),
        _ => Err(damaged("its size is not two positive whole numbers")),
    }
}

fn scanline(cursor: &mut Cursor<'_>, row: &mut [[u8; 4]]) -> Result<(), ReadError> {
    let first: [u8; 4] = cursor
        .take(4)?
        .try_into()
        .map_err(|_| damaged("it breaks off"))?;
    let encoded = first[0] == 2 && first[1] == 2 && first[2] < 128;
    if !encoded {
        row[0] = first;
        for texel in &mut row[1..] {
            texel.copy_from_slice(cursor.take(4)?);
        }
        return Ok(());
    }
    if usize::from(u16::from_be_bytes([first[2], first[3]])) != row.len() {
        return Err(damaged("a row has another length than the picture"));
    }
    for channel in 0..4 {
        let mut x = 0;
        while x < row.len() {
            let code = cursor.byte()?;
            let (length, run) = if code > 128 {
                (usize::from(code - 128), true)
            } else {
                (usize::from(code), false)
            };
            if length == 0 || x + length > row.len() {
                return Err(damaged("a run leaves its row"));
            }
            let texels = &mut row[x..x + length];
            if run {
                let value = cursor.byte()?;
                for texel in texels {
                    texel[channel] = value;
                }
            } else {
                let values = cursor.take(length)?;
                for (texel, &value) in texels.iter_mut().zip(values) {
                    texel[channel] = value;
                }
            }
            x += length;
        }
    }
    Ok(())
}

/// Mantissas are in units of 2^(e − 136); exponent 0 is black.
fn radiance([r, g, b, exponent]: [u8; 4]) -> [f32; 3] {
    if exponent == 0 {
        return [0.0; 3];
    }
    let unit = (f64::from(exponent) - 136.0).exp2();
    [r, g, b].map(|mantissa| clamp_radiance((f64::from(mantissa) * unit) as f32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: usize, height: usize, pixels: &[u8]) -> Vec<u8> {
        let mut bytes =
            format!("#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y {height} +X {width}\n").into_bytes();
        bytes.extend_from_slice(pixels);
        bytes
    }

    fn texels(bytes: &[u8]) -> Vec<[f32; 3]> {
        match texture(bytes).expect("sound").texels {
            Texels::Rgb32(texels) => texels,
            other => panic!("expected radiance, found {other:?}"),
        }
    }

    #[test]
    fn flat_pixels_are_mantissa_times_power_of_two() {
        let bytes = picture(2, 1, &[128, 64, 0, 129, 1, 2, 3, 0]);
        assert_eq!(texels(&bytes), [[1.0, 0.5, 0.0], [0.0; 3]]);
    }

    #[test]
    fn runs_and_literals_fill_a_row_plane_by_plane() {
        let mut row = vec![2, 2, 0, 8];
        row.extend([128 + 8, 128]); // red: run of eight
        row.extend([8, 0, 16, 32, 48, 64, 80, 96, 112]); // green: eight literals
        row.extend([128 + 8, 0]); // blue
        row.extend([128 + 8, 129]); // exponent
        let texels = texels(&picture(8, 1, &row));
        assert_eq!(texels[0], [1.0, 0.0, 0.0]);
        assert_eq!(texels[7], [1.0, 112.0 / 128.0, 0.0]);
    }

    #[test]
    fn a_file_that_breaks_off_or_lies_about_its_size_is_an_error() {
        for bytes in [
            picture(2, 2, &[128, 64, 0, 129]),
            picture(60_000, 60_000, &[0; 16]),
            picture(8, 1, &[2, 2, 0, 8, 128 + 9, 1]),
            picture(8, 1, &[2, 2, 0, 8, 0, 1]),
            b"#?RADIANCE\n".to_vec(),
        ] {
            assert!(texture(&bytes).is_err());
        }
    }
}
