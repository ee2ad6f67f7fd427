//! What every stage's recipe may say of its camera, its surroundings and the pictures' quality.

use population::attribute::{Attribute, Choice};

/// Environments of the pack, with the groups they belong to.
const ENVIRONMENTS: &[(&str, &[&str])] = &[
    ("apartment", &["indoor"]),
    ("bridge", &["outdoor", "urban"]),
    ("city", &["outdoor", "urban"]),
    ("dawn", &["outdoor", "nature", "low_sun"]),
    ("esplanade", &["indoor"]),
    ("forest", &["outdoor", "nature"]),
    ("hall", &["indoor"]),
    ("lab", &["indoor"]),
    ("lobby", &["indoor"]),
    ("night", &["outdoor", "urban", "dark"]),
    ("park", &["outdoor", "nature"]),
    ("sky", &["outdoor", "nature"]),
    ("studio", &["indoor"]),
    ("sunrise", &["outdoor", "nature", "low_sun"]),
    ("sunset", &["outdoor", "nature", "low_sun"]),
    ("venice", &["outdoor", "urban", "low_sun"]),
    ("warehouse", &["indoor"]),
    ("workshop", &["indoor"]),
];

fn choices(list: &[(&'static str, &'static str)]) -> Vec<Choice> {
    list.iter()
        .map(|&(name, meaning)| Choice::new(name, meaning))
        .collect()
}

/// Size of the pictures.
pub fn size() -> Vec<Attribute> {
    vec![
        Attribute::integer("camera.width_px", 32, 4096, "px", "width of the pictures")
            .default_constant(512)
            .constant(),
        Attribute::integer("camera.height_px", 32, 4096, "px", "height of the pictures")
            .default_constant(512)
            .constant(),
    ]
}

/// How the picture is framed, focused, exposed and developed.
pub fn shot() -> Vec<Attribute> {
    vec![
        Attribute::number(
            "camera.offset_x",
            -0.5,
            0.5,
            "",
            "the target's shift in the picture, share of the height; positive right",
        )
        .default_normal_within(0.0, 0.03, -0.1, 0.1),
        Attribute::number(
            "camera.offset_y",
            -0.5,
            0.5,
            "",
            "the target's shift in the picture, share of the height; positive down",
        )
        .default_normal_within(0.0, 0.03, -0.1, 0.1),
        Attribute::number(
            "camera.aperture_mm",
            0.0,
            50.0,
            "mm",
            "radius of the lens; 0 is a pinhole with everything in focus",
        )
        .default_constant(0.0),
        Attribute::number(
            "camera.exposure_ev",
            -6.0,
            6.0,
            "EV",
            "stops over or under a metered exposure",
        )
        .default_normal_within(0.0, 0.25, -0.8, 0.8),
        Attribute::category(
            "camera.view_transform",
            choices(&[
                ("filmic", "highlights roll off as on film"),
                ("plain", "sRGB, clipped"),
            ]),
            "from light to picture",
        )
        .default_constant("filmic")
        .constant(),
    ]
}

/// The surroundings and their turn; `meaning` says what they light.
pub fn surroundings(meaning: &'static str) -> Vec<Attribute> {
    let environments = ENVIRONMENTS.iter().map(|&(name, tags)| {
        tags.iter().fold(
            Choice::new(name, format!("the pack's `{name}` environment")),
            |choice, tag| choice.tag(*tag),
        )
    });
    vec![
        Attribute::category("light.environment", environments, meaning),
        Attribute::number(
            "light.rotation_deg",
            -180.0,
            180.0,
            "deg",
            "turn of the surroundings about the vertical",
        ),
    ]
}

/// How long pictures are rendered, and what removes the noise that is left.
pub fn quality() -> Vec<Attribute> {
    vec![
        Attribute::integer(
            "quality.samples_per_pixel",
            1,
            16384,
            "",
            "paths traced per pixel",
        )
        .default_constant(32)
        .constant(),
        Attribute::number(
            "quality.relmse",
            0.0,
            1.0,
            "",
            "paths are traced until each pixel's squared error, relative to its squared brightness and before denoising, is expected to be below this; 0 traces samples_per_pixel",
        )
        .default_constant(0.0)
        .constant(),
        Attribute::integer(
            "quality.max_samples_per_pixel",
            1,
            16384,
            "",
            "most paths per pixel when relmse is set",
        )
        .default_constant(1024)
        .constant(),
        Attribute::integer("quality.max_bounces", 1, 64, "", "longest path")
            .default_constant(5)
            .constant(),
        Attribute::category(
            "quality.denoise",
            choices(&[
                ("none", "every pixel is an independent estimate"),
                ("own", "our own edge-aware filter"),
                (
                    "oidn",
                    "Intel Open Image Denoise, from the pack oidn; less noise from fewer paths",
                ),
                (
                    "auto",
                    "oidn where its pack is installed, own elsewhere; the data set says which it was",
                ),
            ]),
            "what removes the noise that is left",
        )
        .default_constant("own")
        .constant(),
    ]
}

/// What a real camera adds to an ideal one: lens, shutter, band, sensor. The defaults are an ideal camera.
pub fn camera() -> Vec<Attribute> {
    let mut all = optics();
    all.extend(motion());
    all.extend(front());
    all.extend(electronics());
    all
}

fn optics() -> Vec<Attribute> {
    vec![
        Attribute::category(
            "camera.distortion",
            choices(&[
                ("none", "straight lines stay straight"),
                (
                    "brown_conrady",
                    "r·(1 + k1·r² + k2·r⁴), as OpenCV has it; k1 below 0 is a barrel",
                ),
                (
                    "fisheye",
                    "Kannala–Brandt, θ·(1 + k1·θ² + k2·θ⁴), as OpenCV's fisheye",
                ),
            ]),
            "how the lens bends straight lines; labels follow it exactly, and the vertical field of view stays",
        )
        .default_constant("none"),
        Attribute::number(
            "camera.distortion_k1",
            -0.6,
            0.6,
            "",
            "first coefficient of camera.distortion",
        )
        .default_constant(0.0),
        Attribute::number(
            "camera.distortion_k2",
            -0.3,
            0.3,
            "",
            "second coefficient of camera.distortion",
        )
        .default_constant(0.0),
        Attribute::category(
            "camera.wavelength",
            choices(&[
                ("visible", "red, green and blue"),
                (
                    "near_infrared",
                    "850 to 940 nm, a grey picture: skin of every tone is bright, an illuminator beside the lens lights the face",
                ),
            ]),
            "which light the camera sees",
        )
        .default_constant("visible"),
        Attribute::number(
            "light.illuminator_w_per_sr",
            0.0,
            20.0,
            "W/sr",
            "near-infrared diodes beside the lens, for near_infrared cameras; light.rig cabin/led_pair has one on either side",
        )
        .default_constant(1.0),
        Attribute::number(
            "light.near_infrared_w_per_m2",
            0.0,
            100.0,
            "W/m²",
            "what the surroundings send to a face in a near_infrared camera's band: about 0 at night, 0.1 to 1 indoors, 20 in the sun",
        )
        .default_constant(0.3),
    ]
}

fn motion() -> Vec<Attribute> {
    let speed =
        |name, meaning| Attribute::number(name, -20.0, 20.0, "m/s", meaning).default_constant(0.0);
    let turn = |name, meaning| {
        Attribute::number(name, -180.0, 180.0, "deg/s", meaning).default_constant(0.0)
    };
    vec![
        Attribute::number(
            "camera.exposure_ms",
            0.0,
            100.0,
            "ms",
            "how long each row is exposed; a moving camera blurs as long",
        )
        .default_constant(0.0),
        Attribute::number(
            "camera.readout_ms",
            0.0,
            100.0,
            "ms",
            "rolling shutter: from the first row's exposure to the last one's; 0 exposes all at once",
        )
        .default_constant(0.0),
        turn(
            "camera.pan_deg_per_s",
            "the camera turns to the right of the picture",
        ),
        turn("camera.tilt_deg_per_s", "the camera turns up"),
        speed(
            "camera.velocity_right_m_per_s",
            "the camera moves to the right of the picture",
        ),
        speed("camera.velocity_up_m_per_s", "the camera moves up"),
    ]
}

fn front() -> Vec<Attribute> {
    let amount =
        |name, meaning| Attribute::number(name, 0.0, 1.0, "", meaning).default_constant(0.0);
    vec![
        amount(
            "camera.lens_fog",
            "breath or grease on the front of the lens: light is scattered, in patches; labels never know",
        ),
        amount(
            "camera.lens_dirt",
            "specks on the front of the lens, far out of focus; labels never know",
        ),
        amount(
            "camera.lens_drops",
            "drops of water on the front of the lens, each shows the scene upside down; labels never know",
        ),
        Attribute::integer(
            "camera.lens_seed",
            0,
            (1 << 32) - 1,
            "",
            "seed of where fog, specks and drops are on the lens",
        ),
    ]
}

fn electronics() -> Vec<Attribute> {
    vec![
        Attribute::category(
            "camera.sensor",
            choices(&[
                ("ideal", "light becomes numbers without loss"),
                (
                    "phone",
                    "a telephone's: small pixels, mosaic, noise, shading, glare, JPEG",
                ),
                (
                    "automotive",
                    "a car's: 12 bits, mosaic, noise, strong shading and glare",
                ),
            ]),
            "how light becomes numbers; labels never know",
        )
        .default_constant("ideal"),
        Attribute::number(
            "camera.iso",
            100.0,
            25_600.0,
            "",
            "sensitivity of a sensor that is not ideal: each doubling halves its electrons",
        )
        .default_constant(100.0),
        Attribute::category(
            "camera.depth_sensor",
            choices(&[
                ("none", "the exact depth alone"),
                (
                    "stereo",
                    "5 cm baseline, a tenth of a pixel of noise, gaps where one lens sees alone",
                ),
                (
                    "time_of_flight",
                    "2 mm of noise at 1 m, more on dark and slanted skin, flying pixels, 5 m range",
                ),
            ]),
            "what a depth camera would have measured, in depth_sensor/ beside the exact depth",
        )
        .default_constant("none")
        .constant(),
    ]
}
