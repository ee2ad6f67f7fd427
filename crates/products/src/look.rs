//! What things are made of, and what shows where that is scratched, cracked, stained or of another colour.

use std::sync::Arc;

use damage::paint::hashed;
use glam::{Vec2, Vec3};
use scene::annotation::DamageKind;
use scene::material::{Bump, Interior, Layer, Sheen, Worn};
use scene::texture::Texels;
use scene::{Material, Texture};

/// Materials by name.
pub(crate) const MATERIALS: [(&str, &str); 7] = [
    ("metal_brushed", "steel, ground in one direction"),
    ("metal_polished", "steel, polished"),
    ("plastic", "moulded plastic of product.colour"),
    ("wood", "planed wood, oiled"),
    ("fabric", "a woven cover of product.colour"),
    ("glass", "clear glass, slightly of product.colour"),
    (
        "as_in_file",
        "what the file says; of products that ship plastic",
    ),
];

/// Colours by name, linear Rec. 709.
pub(crate) const COLOURS: [(&str, Vec3); 8] = [
    ("white", Vec3::new(0.72, 0.72, 0.70)),
    ("grey", Vec3::new(0.26, 0.27, 0.28)),
    ("black", Vec3::new(0.018, 0.018, 0.019)),
    ("red", Vec3::new(0.42, 0.028, 0.022)),
    ("orange", Vec3::new(0.58, 0.16, 0.02)),
    ("yellow", Vec3::new(0.62, 0.42, 0.04)),
    ("green", Vec3::new(0.035, 0.2, 0.07)),
    ("blue", Vec3::new(0.02, 0.09, 0.34)),
];

/// Side of a texture's tile, metres, and in texels.
pub(crate) const TILE_M: f32 = 0.12;
const TILE_PX: u32 = 1024;

/// Smooth noise that repeats after `cells`, `[0, 1]`, at a place of the tile `[0, 1]²`.
fn noise(at: Vec2, cells: [i64; 2], seed: u64) -> f32 {
    let p = Vec2::new(at.x * cells[0] as f32, at.y * cells[1] as f32);
    let base = p.floor();
    let t = p - base;
    let t = t * t * (Vec2::splat(3.0) - 2.0 * t);
    let corner = |dx: i64, dy: i64| {
        hashed(
            (base.x as i64 + dx).rem_euclid(cells[0]),
            (base.y as i64 + dy).rem_euclid(cells[1]),
            seed,
        )
    };
    let upper = corner(0, 0) + (corner(1, 0) - corner(0, 0)) * t.x;
    let lower = corner(0, 1) + (corner(1, 1) - corner(0, 1)) * t.x;
    upper + (lower - upper) * t.y
}

/// A tile of something between 0 and 1.
fn tile(of: impl Fn(Vec2) -> f32) -> Vec<f32> {
    let side = TILE_PX as f32;
    (0..TILE_PX * TILE_PX)
        .map(|k| of(Vec2::new((k % TILE_PX) as f32 + 0.5, (k / TILE_PX) as f32 + 0.5) / side))
        .collect()
}

fn texture(texels: Texels) -> Arc<Texture> {
    Arc::new(Texture {
        width: TILE_PX,
        height: TILE_PX,
        texels,
    })
}

fn heights(values: &[f32]) -> Arc<Texture> {
    let bytes = values
        .iter()
        .map(|v| (v * 255.0).round().clamp(0.0, 255.0) as u8);
    texture(Texels::Linear8(bytes.collect()))
}

fn colours(values: &[f32], dark: Vec3, light: Vec3) -> Arc<Texture> {
    let texels = values
        .iter()
        .map(|v| dark.lerp(light, v.clamp(0.0, 1.0)).to_array());
    texture(Texels::Rgb32(texels.collect()))
}

/// A material of this name; `seed` draws its grain.
pub(crate) fn material(name: &str, colour: Vec3, seed: u64) -> Material {
    let named = Material {
        name: name.to_owned(),
        ..Material::default()
    };
    match name {
        "metal_brushed" => {
            let grain =
                tile(|at| 0.6 * noise(at, [5, 512], seed) + 0.4 * noise(at, [13, 1024], seed ^ 1));
            Material {
                base_color: Vec3::ONE,
                base_color_texture: Some(colours(
                    &grain,
                    Vec3::new(0.42, 0.42, 0.43),
                    Vec3::new(0.62, 0.62, 0.61),
                )),
                metallic: 1.0,
                roughness: 0.36,
                bump: Some(Bump {
                    height: heights(&grain),
                    scale_m: 9e-6,
                }),
                ..named
            }
        }
        "metal_polished" => Material {
            base_color: Vec3::new(0.63, 0.62, 0.60),
            metallic: 1.0,
            roughness: 0.12,
            ..named
        },
        "wood" => {
            let grain = tile(|at| {
                let bow = 0.06 * noise(at, [2, 3], seed) + 0.015 * noise(at, [3, 12], seed ^ 2);
                let ring = ((at.y + bow) * 11.0).fract();
                let late = ring * ring * (1.0 - (ring - 0.92).max(0.0) * 12.0).max(0.0);
                let pores = noise(at, [24, 640], seed ^ 3);
                let fleck = (pores - 0.72).max(0.0) * 2.2;
                (1.0 - 0.55 * late - fleck - 0.2 * noise(at, [3, 40], seed ^ 4)).clamp(0.0, 1.0)
            });
            Material {
                base_color: Vec3::ONE,
                base_color_texture: Some(colours(
                    &grain,
                    Vec3::new(0.13, 0.055, 0.022),
                    Vec3::new(0.46, 0.27, 0.125),
                )),
                roughness: 0.52,
                bump: Some(Bump {
                    height: heights(&grain),
                    scale_m: 4e-5,
                }),
                ..named
            }
        }
        "fabric" => {
            // A plain weave of 80 threads a tile.
            let weave = tile(|at| {
                let p = at * 80.0;
                let over = (p.x.floor() as i64 + p.y.floor() as i64).rem_euclid(2) == 0;
                let f = p - p.floor() - 0.5;
                let (along, across) = if over { (f.x, f.y) } else { (f.y, f.x) };
                let thread = (1.0 - (across / 0.5).powi(2)).max(0.0).sqrt()
                    * (1.0 - 0.55 * (along / 0.5).powi(2));
                (thread * (0.86 + 0.14 * noise(at, [320, 320], seed))).clamp(0.0, 1.0)
            });
            Material {
                base_color: Vec3::ONE,
                base_color_texture: Some(colours(
                    &weave,
                    colour * 0.3,
                    (colour * 1.15).min(Vec3::splat(0.85)),
                )),
                roughness: 0.9,
                specular: 0.4,
                sheen: Some(Sheen {
                    color: Vec3::splat(0.25),
                    roughness: 0.5,
                }),
                bump: Some(Bump {
                    height: heights(&weave),
                    scale_m: 2.5e-4,
                }),
                ..named
            }
        }
        "glass" => Material {
            roughness: 0.0,
            interior: Interior::ThinClear {
                tint: Vec3::splat(0.86).lerp(colour.max(Vec3::splat(0.2)), 0.18),
            },
            ..named
        },
        _ => {
            let grain = tile(|at| {
                0.7 * noise(at, [180, 180], seed) + 0.3 * noise(at, [420, 420], seed ^ 5)
            });
            Material {
                base_color: colour,
                roughness: 0.34,
                bump: Some(Bump {
                    height: heights(&grain),
                    scale_m: 6e-6,
                }),
                ..named
            }
        }
    }
}

/// What shows where a scratch or crack has laid a material open.
pub(crate) fn below(kind: DamageKind, name: &str, owned: &Material) -> Arc<[Layer]> {
    let layer = |from: f32, material: Material| Layer { from, material };
    let plain = |colour: Vec3, roughness: f32, metallic: f32| Material {
        name: format!("{} {name}", kind.name()),
        base_color: colour,
        roughness,
        metallic,
        ..Material::default()
    };
    match kind {
        DamageKind::Scratch => match name {
            // Ground metal shines across its grain; on a polished one the burr scatters.
            "metal_brushed" | "metal_polished" => Arc::new([
                layer(0.06, plain(Vec3::splat(0.75), 0.55, 1.0)),
                layer(0.6, plain(Vec3::splat(0.30), 0.6, 1.0)),
            ]),
            "wood" => Arc::new([
                layer(0.06, plain(Vec3::new(0.56, 0.38, 0.21), 0.8, 0.0)),
                layer(0.65, plain(Vec3::new(0.2, 0.11, 0.055), 0.9, 0.0)),
            ]),
            "fabric" => Arc::new([
                layer(
                    0.06,
                    plain(mean(owned).lerp(Vec3::splat(0.75), 0.5), 0.9, 0.0),
                ),
                layer(0.75, plain(mean(owned) * 0.3, 0.95, 0.0)),
            ]),
            "glass" => Arc::new([layer(0.06, plain(Vec3::splat(0.8), 0.5, 0.0))]),
            // Plastic whitens where it is torn.
            _ => Arc::new([
                layer(
                    0.06,
                    plain(mean(owned).lerp(Vec3::splat(0.7), 0.45), 0.6, 0.0),
                ),
                layer(0.65, plain(mean(owned) * 0.45, 0.7, 0.0)),
            ]),
        },
        DamageKind::Crack if name == "glass" => {
            Arc::new([layer(0.06, plain(Vec3::splat(0.8), 0.4, 0.0))])
        }
        DamageKind::Crack => Arc::new([
            layer(0.06, plain(mean(owned) * 0.4, 0.8, 0.0)),
            layer(0.4, plain(Vec3::splat(0.006), 0.9, 0.0)),
        ]),
        _ => Arc::new([]),
    }
}

/// A material that is stained, or of another colour, as strongly as `strength` says of each place of a canvas (its first channel): where it is 1, its colour is multiplied by `shift`.
pub(crate) fn stained(
    mut material: Material,
    strength: &Texture,
    shift: Vec3,
    dulls: bool,
) -> Material {
    let own = material.base_color_texture.take();
    let size = (strength.width, strength.height);
    let places = || (0..size.0 * size.1).map(|k| (k % size.0, k / size.0));
    let colour = places().map(|(x, y)| {
        let base = own.as_ref().map_or(Vec3::ONE, |own| {
            let [r, g, b, _] = own.texel(x.min(own.width - 1), y.min(own.height - 1));
            Vec3::new(r, g, b)
        });
        let by = Vec3::ONE.lerp(shift, strength.texel(x, y)[0]);
        (material.base_color * base * by)
            .min(Vec3::splat(0.95))
            .to_array()
    });
    let picture = |texels: Texels| {
        Some(Arc::new(Texture {
            width: size.0,
            height: size.1,
            texels,
        }))
    };
    let colour = picture(Texels::Rgb32(colour.collect()));
    if dulls {
        // What dried on a surface scatters: as rough as it gets, less where there is less of it.
        let rough = (material.roughness + 0.3).min(0.9);
        let share = |x: u32, y: u32| {
            material.roughness + (rough - material.roughness) * strength.texel(x, y)[0]
        };
        let bytes = places().map(|(x, y)| (share(x, y) / rough * 255.0).round() as u8);
        let bytes: Vec<u8> = bytes.collect();
        material.roughness_texture = picture(Texels::Linear8(bytes));
        material.roughness = rough;
    }
    material.base_color = Vec3::ONE;
    material.base_color_texture = colour;
    material
}

/// Mean colour of a material.
fn mean(material: &Material) -> Vec3 {
    let Some(texture) = &material.base_color_texture else {
        return material.base_color;
    };
    let (mut sum, mut count) = (Vec3::ZERO, 0.0_f32);
    for y in (0..texture.height).step_by(37) {
        for x in (0..texture.width).step_by(41) {
            let [r, g, b, _] = texture.texel(x, y);
            sum += Vec3::new(r, g, b);
            count += 1.0;
        }
    }
    material.base_color * sum / count.max(1.0)
}

/// A material worn by a canvas' depth.
pub(crate) fn worn(mut material: Material, depth: Arc<Texture>, layers: Arc<[Layer]>) -> Material {
    material.worn = Some(Worn { depth, layers });
    material
}
