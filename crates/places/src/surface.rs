//! What rooms are made of: paint, boards, tiles, carpet, cloth, wood. Textures are drawn once per place, one metre or a few wide, and repeat.

use std::sync::Arc;

use glam::Vec3;
use population::stream::Stream;
use scene::material::NearInfrared;
use scene::texture::Texels;
use scene::{Material, Texture};

/// Texels of a floor's side: it fills half of many pictures.
const FLOOR: u32 = 256;
/// Texels of any other texture's side.
const SIDE: u32 = 128;

/// A plain matt colour, linear Rec. 709.
pub fn matt(name: &str, color: Vec3) -> Material {
    Material {
        name: name.to_owned(),
        base_color: color,
        roughness: 0.8,
        specular: 0.3,
        near_infrared: Some(NearInfrared::FromVisible {
            low: 0.3,
            high: 0.85,
        }),
        ..Material::default()
    }
}

/// The same with some gloss, as lacquer and plastic.
pub fn glossy(name: &str, color: Vec3, roughness: f32) -> Material {
    Material {
        roughness,
        specular: 0.5,
        ..matt(name, color)
    }
}

/// Brushed or polished metal.
pub fn metal(name: &str, color: Vec3, roughness: f32) -> Material {
    Material {
        metallic: 1.0,
        roughness,
        ..matt(name, color)
    }
}

fn textured(name: &str, side: u32, roughness: f32, texel: impl Fn(u32, u32) -> Vec3) -> Material {
    let texels = (0..side)
        .flat_map(|y| (0..side).map(move |x| (x, y)))
        .map(|(x, y)| {
            let [r, g, b] = texel(x, y)
                .clamp(Vec3::ZERO, Vec3::ONE)
                .to_array()
                .map(srgb);
            [r, g, b, 255]
        })
        .collect();
    Material {
        base_color_texture: Some(Arc::new(Texture {
            width: side,
            height: side,
            texels: Texels::Srgba8(texels),
        })),
        roughness,
        ..matt(name, Vec3::ONE)
    }
}

fn srgb(linear: f32) -> u8 {
    let v = if linear <= 0.003_130_8 {
        12.92 * linear
    } else {
        1.055 * linear.powf(1.0 / 2.4) - 0.055
    };
    (v * 255.0 + 0.5) as u8
}

/// A number in `[0, 1)` of a cell.
fn hash(x: i64, y: i64, salt: u64) -> f32 {
    let mut z = (x as u64)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add((y as u64).wrapping_mul(0xc2b2_ae3d_27d4_eb4f))
        .wrapping_add(salt.wrapping_mul(0x1656_67b1_9e37_79f9));
    z = (z ^ (z >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 32)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z >> 40) as f32 / (1u64 << 24) as f32
}

/// Smooth noise in `[0, 1]` that repeats after `period` cells.
fn noise(x: f32, y: f32, period: [i64; 2], salt: u64) -> f32 {
    let (ix, iy) = (x.floor(), y.floor());
    let smooth = |t: f32| t * t * (3.0 - 2.0 * t);
    let (tx, ty) = (smooth(x - ix), smooth(y - iy));
    let at = |dx: i64, dy: i64| {
        hash(
            (ix as i64 + dx).rem_euclid(period[0]),
            (iy as i64 + dy).rem_euclid(period[1]),
            salt,
        )
    };
    let low = at(0, 0) + (at(1, 0) - at(0, 0)) * tx;
    let high = at(0, 1) + (at(1, 1) - at(0, 1)) * tx;
    low + (high - low) * ty
}

/// Grain of a board that runs along v: streaks far longer than wide.
fn grain(x: f32, y: f32, salt: u64) -> f32 {
    0.6 * noise(x * 48.0, y * 4.0, [48, 4], salt)
        + 0.4 * noise(x * 128.0, y * 8.0, [128, 8], salt + 1)
}

/// Colours of woods, dark to light, linear.
const WOODS: [[f32; 3]; 5] = [
    [0.06, 0.03, 0.018],
    [0.16, 0.08, 0.04],
    [0.28, 0.16, 0.08],
    [0.42, 0.27, 0.15],
    [0.55, 0.42, 0.28],
];

/// Wood of furniture.
pub fn wood(name: &str, stream: &mut Stream) -> Material {
    let color = Vec3::from(WOODS[stream.below(WOODS.len() as u64) as usize]);
    let salt = stream.next_u64();
    textured(name, SIDE, 0.45, move |x, y| {
        let (u, v) = (x as f32 / SIDE as f32, y as f32 / SIDE as f32);
        color * (0.7 + 0.6 * grain(u, v, salt))
    })
}

/// A floor of boards, tiles or carpet.
pub fn floor(stream: &mut Stream) -> Material {
    let salt = stream.next_u64();
    let kind = stream.uniform();
    let light = stream.range(0.25, 0.8) as f32;
    let unit = |x: u32, y: u32| (x as f32 / FLOOR as f32, y as f32 / FLOOR as f32);
    if kind < 0.5 {
        let color = Vec3::from(WOODS[1 + stream.below(4) as usize]);
        textured("floor/boards", FLOOR, 0.35, move |x, y| {
            let (u, v) = unit(x, y);
            // Eight boards a metre, each ending somewhere else.
            let board = (u * 8.0) as i64;
            let shift = hash(board, 0, salt);
            let seam = (u * 8.0).fract().min(1.0 - (u * 8.0).fract()) < 0.03
                || ((v + shift).fract() - 0.5).abs() < 0.003;
            let tint = 0.8 + 0.4 * hash(board, 1, salt);
            let shade = if seam {
                0.35
            } else {
                tint * (0.75 + 0.5 * grain(u, v, salt))
            };
            color * shade
        })
    } else if kind < 0.75 {
        let tint = Vec3::new(1.0, 0.97, 0.92);
        textured("floor/tiles", FLOOR, 0.2, move |x, y| {
            let (u, v) = unit(x, y);
            let edge = |t: f32| (t * 2.0).fract().min(1.0 - (t * 2.0).fract());
            let joint = edge(u).min(edge(v)) < 0.01;
            let cell = hash((u * 2.0) as i64, (v * 2.0) as i64, salt);
            let cloud = noise(u * 16.0, v * 16.0, [16, 16], salt);
            tint * if joint {
                0.4 * light
            } else {
                light * (0.9 + 0.1 * cell + 0.1 * (cloud - 0.5))
            }
        })
    } else {
        let hue = Vec3::new(
            stream.range(0.6, 1.0) as f32,
            stream.range(0.6, 1.0) as f32,
            stream.range(0.6, 1.0) as f32,
        );
        textured("floor/carpet", FLOOR, 0.95, move |x, y| {
            let (u, v) = unit(x, y);
            let tuft = hash(i64::from(x), i64::from(y), salt);
            let worn = noise(u * 6.0, v * 6.0, [6, 6], salt);
            hue * (0.5 * light) * (0.75 + 0.3 * tuft + 0.15 * worn)
        })
    }
}

/// Painted plaster.
pub fn paint(name: &str, color: Vec3, stream: &mut Stream) -> Material {
    let salt = stream.next_u64();
    textured(name, SIDE, 0.85, move |x, y| {
        let (u, v) = (x as f32 / SIDE as f32, y as f32 / SIDE as f32);
        let cloud = noise(u * 4.0, v * 4.0, [4, 4], salt)
            + 0.3 * noise(u * 64.0, v * 64.0, [64, 64], salt + 1);
        color * (0.97 + 0.04 * cloud)
    })
}

/// Woven cloth of some colour, plain or striped.
pub fn cloth(name: &str, stream: &mut Stream) -> Material {
    let salt = stream.next_u64();
    let mut channel = || stream.range(0.08, 0.6) as f32;
    let (color, second) = (
        Vec3::new(channel(), channel(), channel()),
        Vec3::new(channel(), channel(), channel()),
    );
    let stripes = stream.uniform() < 0.3;
    textured(name, SIDE, 0.9, move |x, y| {
        let weave = 0.85 + 0.15 * f32::from(u8::from((x / 2 + y / 2) % 2 == 0));
        let base = if stripes && (x / 16) % 3 == 0 {
            second
        } else {
            color
        };
        base * weave * (0.9 + 0.2 * hash(i64::from(x / 3), i64::from(y / 3), salt))
    })
}

/// Cloth or hide in one colour, a little uneven: threads where it is woven, soft clouds where it is not.
pub fn woven(name: &str, color: Vec3, is_cloth: bool, stream: &mut Stream) -> Material {
    let salt = stream.next_u64();
    let thread = if is_cloth { 0.22 } else { 0.06 };
    textured(name, SIDE, 0.85, move |x, y| {
        let (u, v) = (x as f32 / SIDE as f32, y as f32 / SIDE as f32);
        let cloud = noise(u * 4.0, v * 4.0, [4, 4], salt) - 0.5;
        let grain = hash(i64::from(x), i64::from(y), salt) - 0.5;
        color * (1.0 + 0.14 * cloud + thread * grain)
    })
}

/// A product's label: a field of colour with a band, a mark and lines that could be writing.
pub fn label(name: &str, stream: &mut Stream) -> Material {
    const TEXELS: u32 = 64;
    let salt = stream.next_u64();
    let mut vivid = || {
        // Reds, yellows, greens and blues sell; purples and pinks are few.
        let hue = match stream.below(10) {
            0..=2 => stream.range(-0.15, 0.25),
            3 | 4 => stream.range(0.6, 1.1),
            5 | 6 => stream.range(1.8, 2.5),
            7 | 8 => stream.range(3.4, 4.1),
            _ => stream.range(4.3, 5.6),
        } as f32;
        let channel = |shift: f32| ((hue + shift).rem_euclid(6.0) - 3.0).abs() - 1.0;
        let pure = Vec3::new(channel(0.0), channel(2.0), channel(4.0)).clamp(Vec3::ZERO, Vec3::ONE);
        let (light, pale) = (
            stream.range(0.12, 0.85) as f32,
            stream.range(0.0, 0.6) as f32,
        );
        pure.lerp(Vec3::ONE, pale) * light + Vec3::splat(0.02)
    };
    let (ground, band, mark) = (vivid(), vivid(), vivid());
    let low = stream.range(0.15, 0.55) as f32;
    let high = low + stream.range(0.15, 0.4) as f32;
    let centre = (
        stream.range(0.3, 0.7) as f32,
        stream.range(0.3, 0.75) as f32,
    );
    let radius = stream.range(0.1, 0.28) as f32;
    textured(name, TEXELS, 0.5, move |x, y| {
        // Row 0 is the top.
        let (u, v) = (x as f32 / TEXELS as f32, 1.0 - y as f32 / TEXELS as f32);
        let in_band = (low..high).contains(&v);
        let in_mark = (u - centre.0).hypot(v - centre.1) < radius;
        let line = (v * 16.0) as i64;
        let word = hash((u * 13.0) as i64, line, salt) < 0.7 && hash(line, 7, salt) < 0.5;
        let is_written = (v * 16.0).fract() < 0.5 && (0.12..0.88).contains(&u) && word;
        let title = in_band
            && (v - 0.5 * (low + high)).abs() < 0.07
            && hash((u * 24.0) as i64, 3, salt) < 0.75
            && (0.1..0.9).contains(&u);
        if title {
            Vec3::splat(0.8)
        } else if in_band {
            band
        } else if in_mark {
            mark
        } else if is_written && v < low {
            ground * 0.3
        } else {
            ground
        }
    })
}

/// A shelf's front edge: a light strip with paper tags, one metre of it.
pub fn price_strip(stream: &mut Stream) -> Material {
    let salt = stream.next_u64();
    let strip = if stream.uniform() < 0.5 {
        Vec3::splat(0.55)
    } else {
        Vec3::new(0.6, 0.08, 0.06)
    };
    textured("price strip", SIDE, 0.4, move |x, y| {
        let (along, cell) = (x as f32 / 14.0, (x / 14) as i64);
        let is_tag = hash(cell, 0, salt) < 0.75 && (0.15..0.85).contains(&along.fract());
        let ink = hash(i64::from(x), i64::from(y / 2), salt) < 0.25;
        match (is_tag, ink) {
            (true, true) => Vec3::splat(0.1),
            (true, false) if hash(cell, 1, salt) < 0.15 => Vec3::new(0.8, 0.65, 0.06),
            (true, false) => Vec3::splat(0.78),
            (false, _) => strip,
        }
    })
}

/// A store's floor: large light tiles or poured stone, worn where people walk.
pub fn shop_floor(stream: &mut Stream) -> Material {
    let salt = stream.next_u64();
    let light = stream.range(0.3, 0.62) as f32;
    let tiled = stream.uniform() < 0.7;
    let tint = Vec3::new(1.0, 0.98, stream.range(0.86, 0.98) as f32);
    textured("floor/store", FLOOR, 0.22, move |x, y| {
        let (u, v) = (x as f32 / FLOOR as f32, y as f32 / FLOOR as f32);
        let edge = |t: f32| (t * 2.0).fract().min(1.0 - (t * 2.0).fract());
        let joint = tiled && edge(u).min(edge(v)) < 0.008;
        let cell = hash((u * 2.0) as i64, (v * 2.0) as i64, salt);
        let speck = hash(i64::from(x), i64::from(y), salt);
        let cloud = noise(u * 8.0, v * 8.0, [8, 8], salt);
        let shade = if joint {
            0.55
        } else {
            0.92 + 0.05 * cell + 0.08 * (cloud - 0.5) + 0.05 * (speck - 0.5)
        };
        tint * (light * shade)
    })
}

/// A hung ceiling: white tiles in a grid of rails.
pub fn ceiling_tiles() -> Material {
    textured("ceiling tiles", SIDE, 0.9, move |x, y| {
        let edge = |t: u32| (t % 64).min(64 - t % 64);
        let speck = hash(i64::from(x), i64::from(y), 5);
        Vec3::splat(if edge(x).min(edge(y)) < 2 {
            0.5
        } else {
            0.68 + 0.06 * speck
        })
    })
}

/// Something to hang on a wall: fields of colour.
pub fn painting(stream: &mut Stream) -> Material {
    let salt = stream.next_u64();
    let cells = 2 + stream.below(5) as i64;
    textured("painting", SIDE, 0.6, move |x, y| {
        let (u, v) = (x as f32 / SIDE as f32, y as f32 / SIDE as f32);
        let bend = 0.3 * (noise(u * 4.0, v * 4.0, [4, 4], salt) - 0.5);
        let (i, j) = (
            ((u + bend) * cells as f32) as i64,
            ((v - bend) * cells as f32) as i64,
        );
        let tone = |k: u64| 0.05 + 0.75 * hash(i, j, salt.wrapping_add(k)).powf(1.5);
        Vec3::new(tone(1), tone(2), tone(3))
            * (0.85 + 0.3 * noise(u * 64.0, v * 64.0, [64, 64], salt))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use population::stream::{Seed, Streams};

    #[test]
    fn textures_repeat_without_a_seam_and_reflect_less_than_all() {
        let mut stream = Streams::new(Seed(3), 0).stream("test");
        for _ in 0..12 {
            for material in [
                floor(&mut stream),
                wood("w", &mut stream),
                cloth("c", &mut stream),
            ] {
                let texture = material.base_color_texture.expect("painted");
                let Texels::Srgba8(texels) = &texture.texels else {
                    panic!("not eight bits")
                };
                assert!(
                    texels.iter().all(|t| t[..3].iter().all(|c| *c < 250)),
                    "{}",
                    material.name
                );
            }
        }
        for i in 0..64 {
            let t = i as f32 / 64.0;
            assert!((noise(0.0, t * 8.0, [8, 8], 5) - noise(8.0, t * 8.0, [8, 8], 5)).abs() < 1e-6);
        }
    }
}
