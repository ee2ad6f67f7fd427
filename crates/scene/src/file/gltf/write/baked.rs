//! What glTF has no word for, painted into pictures that it has: wear becomes colour, roughness and metal.
use std::sync::Arc;

use glam::Vec3;

use crate::material::{Interior, Worn};
use crate::texture::Texels;
use crate::{Material, Texture};

/// A material whose wear is in its pictures, as fine as the wear's own. Clear ones keep their colour: their cracks cannot be painted on. A clear coat stays everywhere, also where paint is gone.
pub(super) fn baked(material: &Material) -> Material {
    let Some(worn) = &material.worn else {
        return material.clone();
    };
    if matches!(
        material.interior,
        Interior::ThinClear { .. } | Interior::Glass { .. }
    ) {
        return material.clone();
    }
    let (width, height) = (worn.depth.width, worn.depth.height);
    let place = |k: u32| {
        (
            (k % width) as f32 + 0.5,
            height as f32 - ((k / width) as f32 + 0.5),
        )
    };
    let shown = |k: u32| layer(worn, k % width, k / width);
    let own = |texture: &Option<Arc<Texture>>, k: u32| {
        let (u, v) = place(k);
        texture.as_ref().map_or([1.0; 4], |texture| {
            texture.sample_linear(u / width as f32, v / height as f32)
        })
    };
    let value = |texture: &Option<Arc<Texture>>, factor: f32, of: fn(&Material) -> f32| {
        let texels = (0..width * height).map(|k| {
            let value = match shown(k) {
                Some(layer) => of(layer),
                None => factor * own(texture, k)[0],
            };
            (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
        });
        Some(Arc::new(Texture {
            width,
            height,
            texels: Texels::Linear8(texels.collect()),
        }))
    };
    let colours = (0..width * height).map(|k| {
        let colour = if let Some(layer) = shown(k) {
            layer.base_color
        } else {
            let [r, g, b, _] = own(&material.base_color_texture, k);
            material.base_color * Vec3::new(r, g, b)
        };
        let [r, g, b] = colour.to_array().map(encoded);
        [r, g, b, 255]
    });
    Material {
        base_color: Vec3::ONE,
        base_color_texture: Some(Arc::new(Texture {
            width,
            height,
            texels: Texels::Srgba8(colours.collect()),
        })),
        roughness: 1.0,
        roughness_texture: value(&material.roughness_texture, material.roughness, |layer| {
            layer.roughness
        }),
        metallic: 1.0,
        metallic_texture: value(&material.metallic_texture, material.metallic, |layer| {
            layer.metallic
        }),
        worn: None,
        ..material.clone()
    }
}

fn layer(worn: &Worn, x: u32, y: u32) -> Option<&Material> {
    let depth = worn.depth.texel(x, y)[0];
    let shown = worn.layers.iter().take_while(|layer| depth >= layer.from);
    shown.last().map(|layer| &layer.material)
}

/// Linear to sRGB byte (IEC 61966-2-1).
fn encoded(linear: f32) -> u8 {
    let x = linear.clamp(0.0, 1.0);
    let encoded = if x <= 0.003_130_8 {
        12.92 * x
    } else {
        1.055 * x.powf(1.0 / 2.4) - 0.055
    };
    (encoded * 255.0 + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::material::Layer;

    #[test]
    fn wear_is_painted_where_it_is_and_nowhere_else() {
        let depth = Arc::new(Texture {
            width: 4,
            height: 2,
            texels: Texels::Linear8(vec![0, 0, 90, 0, 0, 0, 0, 255]),
        });
        let layer = |from: f32, colour: f32, metallic: f32| Layer {
            from,
            material: Material {
                base_color: Vec3::splat(colour),
                metallic,
                roughness: 0.4,
                ..Material::default()
            },
        };
        let paint = Material {
            base_color: Vec3::new(0.5, 0.0, 0.0),
            roughness: 0.8,
            worn: Some(Worn {
                depth,
                layers: Arc::new([layer(0.2, 0.3, 0.0), layer(0.9, 0.6, 1.0)]),
            }),
            ..Material::default()
        };
        let flat = baked(&paint);
        assert!(flat.worn.is_none() && flat.base_color == Vec3::ONE);
        let colour = |x: u32, y: u32| flat.base_color_texture.as_ref().expect("one").texel(x, y)[0];
        let metal = |x: u32, y: u32| flat.metallic_texture.as_ref().expect("one").texel(x, y)[0];
        for (x, y, expected) in [(0, 0, 0.5), (2, 0, 0.3), (3, 1, 0.6)] {
            assert!(
                (colour(x, y) - expected).abs() < 0.005,
                "{x} {y}: {}",
                colour(x, y)
            );
        }
        assert_eq!((metal(0, 0), metal(2, 0), metal(3, 1)), (0.0, 0.0, 1.0));
        let rough = flat.roughness_texture.as_ref().expect("one");
        assert!((rough.texel(1, 1)[0] - 0.8).abs() < 0.003);
        assert!((rough.texel(2, 0)[0] - 0.4).abs() < 0.003);
    }
}
