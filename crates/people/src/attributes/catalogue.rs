//! The names a recipe may use for hair, clothes, surroundings, eyes and beards, and the pack's items behind them.

use crate::iris::EyeColour;

/// Hair styles of the pack: recipe name, pack item (none for bald), tags, meaning. Those that are grown are in [`crate::groom::style`].
pub(crate) const HAIR_STYLES: &[(&str, Option<&str>, &[&str], &str)] = &[
    ("bald", None, &["short"], "no hair on the scalp"),
    (
        "afro01",
        Some("hair/afro01"),
        &["medium", "curly", "cards"],
        "afro",
    ),
    (
        "bob01",
        Some("hair/bob01"),
        &["medium", "cards"],
        "bob with a fringe",
    ),
    (
        "bob02",
        Some("hair/bob02"),
        &["medium", "cards"],
        "bob with a parting",
    ),
    (
        "braid01",
        Some("hair/Braid01"),
        &["long", "cards"],
        "braid over the back",
    ),
    (
        "long01",
        Some("hair/long01"),
        &["long", "cards"],
        "long and open",
    ),
    (
        "ponytail01",
        Some("hair/ponytail01"),
        &["long", "cards"],
        "tied at the back",
    ),
    (
        "short01",
        Some("hair/short01"),
        &["short", "cards"],
        "short, combed back",
    ),
    (
        "short02",
        Some("hair/short02"),
        &["short", "cards"],
        "short, parted",
    ),
    (
        "short03",
        Some("hair/short03"),
        &["short", "cards"],
        "short, with volume",
    ),
    (
        "short04",
        Some("hair/short04"),
        &["short", "cards"],
        "cropped",
    ),
];

/// Clothes: recipe name, pack item, tags, meaning.
pub(crate) const CLOTHES: &[(&str, &str, &[&str], &str)] = &[
    (
        "female_casual01",
        "clothes/female_casualsuit01",
        &["female", "casual"],
        "top and jeans",
    ),
    (
        "female_casual02",
        "clothes/female_casualsuit02",
        &["female", "casual"],
        "sleeveless top and skirt",
    ),
    (
        "female_elegant01",
        "clothes/female_elegantsuit01",
        &["female", "elegant"],
        "dress",
    ),
    (
        "female_sport01",
        "clothes/female_sportsuit01",
        &["female", "sport"],
        "fitted sportswear",
    ),
    (
        "male_casual01",
        "clothes/male_casualsuit01",
        &["male", "casual"],
        "t-shirt and jeans",
    ),
    (
        "male_casual02",
        "clothes/male_casualsuit02",
        &["male", "casual"],
        "shirt and trousers",
    ),
    (
        "male_casual03",
        "clothes/male_casualsuit03",
        &["male", "casual"],
        "polo shirt and trousers",
    ),
    (
        "male_casual04",
        "clothes/male_casualsuit04",
        &["male", "casual"],
        "long-sleeved shirt and trousers",
    ),
    (
        "male_casual05",
        "clothes/male_casualsuit05",
        &["male", "casual"],
        "t-shirt and shorts",
    ),
    (
        "male_casual06",
        "clothes/male_casualsuit06",
        &["male", "casual"],
        "sweater and trousers",
    ),
    (
        "male_elegant01",
        "clothes/male_elegantsuit01",
        &["male", "elegant"],
        "suit",
    ),
    (
        "male_work01",
        "clothes/male_worksuit01",
        &["male", "work"],
        "overall",
    ),
];

/// Eye colours: recipe name, the pack's texture whose fibres are kept, and the colour laid over them.
pub(crate) const EYE_COLOURS: &[(&str, &str, EyeColour)] = &[
    ("dark_brown", "brown_eye", EyeColour::DarkBrown),
    ("brown", "brown_eye", EyeColour::Brown),
    ("light_brown", "brownlight_eye", EyeColour::LightBrown),
    ("green", "green_eye", EyeColour::Green),
    ("blue_green", "bluegreen_eye", EyeColour::BlueGreen),
    ("blue", "blue_eye", EyeColour::Blue),
    ("light_blue", "lightblue_eye", EyeColour::LightBlue),
    ("deep_blue", "deepblue_eye", EyeColour::DeepBlue),
    ("grey", "grey_eye", EyeColour::Grey),
    ("ice", "ice_eye", EyeColour::Ice),
];

/// Facial hair a recipe may ask for.
pub(crate) const FACIAL_HAIR: &[(&str, &str)] = &[
    ("none", "shaved or never grown"),
    ("stubble", "some days without a razor"),
    ("moustache", "upper lip only"),
    ("goatee", "upper lip and chin"),
    ("short_beard", "upper lip, chin and jaw, short"),
    ("full_beard", "upper lip, chin, jaw and cheeks"),
];
