//! Dirt and weather: what lies on the car and on the ground, as a recipe asks for it. None of it is damage, and no label of damage knows of it.

use std::sync::Arc;

use glam::Vec3;
use population::attribute::Attribute;
use population::row::{Row, RowError};
use scene::Material;
use scene::material::{ClearCoat, Interior};
use scene::soil::{STEPS, Soil, Soiled};
use vehicle::{CarPart, Frame};

/// What a recipe may ask of dirt and weather; none unless it does.
pub(crate) fn attributes() -> Vec<Attribute> {
    let amount = |name, of| Attribute::number(name, 0.0, 1.0, "", of).default_constant(0.0);
    vec![
        amount(
            "weather.dust",
            "dry dust, most on what faces the sky and at the rear; no damage, and in no mask",
        ),
        amount(
            "weather.mud",
            "spray of the wheels, low behind them and along the sills; no damage, and in no mask",
        ),
        amount(
            "weather.rain",
            "drops and runs on paint and glass, and a wet ground",
        ),
        amount(
            "weather.snow",
            "snow on what faces the sky, and on the ground",
        ),
        Attribute::integer(
            "weather.seed",
            0,
            (1 << 53) - 1,
            "",
            "seed of where dirt, drops and snow lie",
        ),
    ]
}

/// What the row's weather leaves on a car.
pub(crate) fn soil(row: &Row, frame: &Frame) -> Result<Soil, RowError> {
    let amount = |name| row.number(name).map(|value| value as f32);
    let half = 0.5 * frame.wheelbase_m;
    Ok(Soil {
        dust: amount("weather.dust")?,
        mud: amount("weather.mud")?,
        rain: amount("weather.rain")?,
        snow: amount("weather.snow")?,
        axles: [half, -half],
        rear: frame.low.z,
        seed: row.integer("weather.seed")? as u32,
    })
}

/// A part's material with what lies on it.
pub(crate) fn soiled(mut base: Material, part: CarPart, soil: &Soil) -> Material {
    if soil.is_clean() || matches!(part, CarPart::Interior | CarPart::LampInside) {
        return base;
    }
    if soil.rain > 0.0 && base.clear_coat.is_none() && base.interior == Interior::Opaque {
        // Water lies in what is rough, and darkens it.
        base.base_color *= 1.0 - 0.35 * soil.rain * base.roughness;
        base.clear_coat = Some(ClearCoat {
            weight: soil.rain,
            roughness: 0.12,
            ior: 1.33,
        });
    }
    let muddy = soil.mud / (soil.mud + soil.dust).max(1e-6);
    let dust = Vec3::new(0.34, 0.30, 0.245).lerp(Vec3::new(0.225, 0.175, 0.125), muddy);
    let bare = Material {
        name: "dust".to_owned(),
        base_color: dust,
        roughness: 0.95,
        specular: 0.3,
        ..Material::default()
    };
    // Wipers and hands keep glass clearer than the rest.
    let dust_kept = if base.interior == Interior::Opaque {
        1.0
    } else {
        0.4
    };
    // A film over a picture or over glass lies grain by grain.
    let is_plain = base.interior == Interior::Opaque && base.base_color_texture.is_none();
    let films = if is_plain {
        (1..=STEPS)
            .map(|step| thin(&base, &bare, step as f32 / STEPS as f32))
            .collect()
    } else {
        vec![bare]
    };
    let rough = |name: &str, colour: Vec3| Material {
        name: name.to_owned(),
        base_color: colour,
        roughness: 0.95,
        specular: 0.3,
        ..Material::default()
    };
    // Wet mud is darker and shines.
    let mud = Material {
        base_color: Vec3::new(0.105, 0.074, 0.048) * (1.0 - 0.4 * soil.rain),
        roughness: 0.9 - 0.5 * soil.rain,
        specular: 0.3 + 0.6 * soil.rain,
        ..rough("mud", Vec3::ZERO)
    };
    base.soiled = Some(Arc::new(Soiled {
        soil: Soil {
            dust: dust_kept * soil.dust,
            ..*soil
        },
        films: films.into(),
        mud: Arc::new(mud),
        snow: Arc::new(rough("snow", SNOW)),
    }));
    base
}

const SNOW: Vec3 = Vec3::new(0.83, 0.85, 0.88);

/// A surface under a film that covers a share of it.
fn thin(base: &Material, film: &Material, share: f32) -> Material {
    let mix = |a: f32, b: f32| a + (b - a) * share;
    Material {
        name: film.name.clone(),
        base_color: base.base_color.lerp(film.base_color, share),
        roughness: mix(base.roughness, film.roughness),
        specular: mix(base.specular, film.specular),
        metallic: mix(base.metallic, film.metallic),
        clear_coat: base.clear_coat.map(|coat| ClearCoat {
            weight: mix(coat.weight, 0.0),
            roughness: mix(coat.roughness, 0.35),
            ..coat
        }),
        flakes: base.flakes.map(|flakes| scene::material::Flakes {
            coverage: mix(flakes.coverage, 0.0),
            ..flakes
        }),
        ..Material::default()
    }
}

/// What is around the car in the row's weather: snow on what faces the sky, and on the ground a film of water that mirrors, deeper in places.
pub(crate) fn around(mut base: Material, name: &str, car: &Soil) -> Material {
    let is_floor = matches!(name, "ground" | "floor" | "pavement");
    let rain = if is_floor { car.rain } else { 0.0 };
    if rain <= 0.0 && car.snow <= 0.0 || base.emission != Vec3::ZERO {
        return base;
    }
    let soil = Soil {
        // Water lies as unevenly as dust does.
        dust: rain,
        mud: 0.0,
        rain: 0.0,
        seed: car.seed ^ 0x6d,
        ..*car
    };
    let water = Material {
        name: "water".to_owned(),
        base_color: 0.35 * base.base_color,
        roughness: 0.04,
        specular: 1.0,
        ..Material::default()
    };
    let films = (1..=STEPS).map(|step| Material {
        base_color_texture: base.base_color_texture.clone(),
        ..thin(&base, &water, step as f32 / STEPS as f32)
    });
    let snow = Material {
        name: "snow".to_owned(),
        base_color: SNOW,
        roughness: 0.95,
        specular: 0.3,
        ..Material::default()
    };
    base.soiled = Some(Arc::new(Soiled {
        soil,
        films: films.collect(),
        mud: Arc::new(snow.clone()),
        snow: Arc::new(snow),
    }));
    base
}
