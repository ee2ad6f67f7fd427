//! What names say: the common words for a car's parts in English, German, French, Spanish, Italian, Portuguese, Dutch and Polish.

use glam::Vec3;

use crate::{CarPart, Frame};

/// What a piece of a car is, before its place says which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing is known.
    Unknown,
    /// The outer skin, to be cut into panels by place.
    Body,
    /// A whole wheel.
    Wheel,
    /// Any pane.
    Glass,
    /// Any lamp.
    Lamp,
    /// A door of either row and side.
    Door,
    /// A bumper at either end.
    Bumper,
    /// A front wing.
    Wing,
    /// A quarter over a rear wheel.
    Quarter,
    /// A sill.
    Sill,
    /// A mirror.
    Mirror,
    /// A plate.
    Plate,
    /// What is inside, or has a look of its own: drawn as the file has it.
    Inside,
    /// Exactly this.
    Exact(CarPart),
    /// Not drawn.
    LeaveOut,
}

/// Words of part maps that are no part.
const WORDS: [(&str, Kind); 13] = [
    ("body", Kind::Body),
    ("wheel", Kind::Wheel),
    ("glass", Kind::Glass),
    ("lamp", Kind::Lamp),
    ("door", Kind::Door),
    ("bumper", Kind::Bumper),
    ("wing", Kind::Wing),
    ("quarter", Kind::Quarter),
    ("sill", Kind::Sill),
    ("mirror", Kind::Mirror),
    ("plate", Kind::Plate),
    ("keep", Kind::Inside),
    ("leave_out", Kind::LeaveOut),
];

impl Kind {
    /// As part maps write it.
    pub fn name(self) -> String {
        match self {
            Self::Exact(part) => part.name(),
            Self::Unknown => "body".to_owned(),
            _ => WORDS
                .iter()
                .find(|(_, kind)| *kind == self)
                .map_or_else(String::new, |(word, _)| (*word).to_owned()),
        }
    }

    /// What a part map's word means.
    pub fn named(word: &str) -> Option<Self> {
        let general = WORDS.iter().find(|(known, _)| *known == word);
        general.map(|(_, kind)| *kind).or_else(|| {
            CarPart::ALL
                .into_iter()
                .find(|part| part.name() == word)
                .map(Self::Exact)
        })
    }

    /// All words of part maps.
    pub fn words() -> Vec<String> {
        let general = WORDS.iter().map(|(word, _)| (*word).to_owned());
        general.chain(CarPart::ALL.map(CarPart::name)).collect()
    }

    /// Which part it is of a face at a place of the car that faces along `normal`; `None` for what only zones know.
    pub(super) fn resolved(self, at: Vec3, normal: Vec3, frame: &Frame) -> Option<CarPart> {
        let (left, ahead) = (at.x > 0.0, at.z > 0.0);
        let side = |on_left: CarPart, on_right: CarPart| if left { on_left } else { on_right };
        let end = |front: CarPart, rear: CarPart| if ahead { front } else { rear };
        Some(match self {
            Self::Exact(part) => part,
            Self::Glass => {
                if normal.x.abs() > 0.6 || at.x.abs() > 0.46 * frame.width_m {
                    side(CarPart::LeftWindow, CarPart::RightWindow)
                } else if normal.y > 0.93 {
                    CarPart::Roof
                } else {
                    end(CarPart::Windscreen, CarPart::RearWindow)
                }
            }
            Self::Lamp => match (ahead, left) {
                (true, true) => CarPart::LeftHeadlamp,
                (true, false) => CarPart::RightHeadlamp,
                (false, true) => CarPart::LeftTailLamp,
                (false, false) => CarPart::RightTailLamp,
            },
            Self::Bumper => end(CarPart::FrontBumper, CarPart::RearBumper),
            Self::Wing => side(CarPart::LeftWing, CarPart::RightWing),
            Self::Quarter => side(CarPart::LeftQuarter, CarPart::RightQuarter),
            Self::Sill => side(CarPart::LeftSill, CarPart::RightSill),
            Self::Mirror => side(CarPart::LeftMirror, CarPart::RightMirror),
            Self::Plate => end(CarPart::FrontPlate, CarPart::RearPlate),
            Self::Inside => CarPart::Interior,
            Self::Unknown | Self::Body | Self::Wheel | Self::Door | Self::LeaveOut => return None,
        })
    }
}

/// Words that are looked for anywhere in a name. What comes first wins: a wheel arch is no wheel, and a door's glass is glass.
const WITHIN: [(&str, Kind); 94] = [
    ("steering", Kind::Inside),
    ("lenkrad", Kind::Inside),
    ("volant", Kind::Inside),
    ("seat", Kind::Inside),
    ("siege", Kind::Inside),
    ("sitz", Kind::Inside),
    ("dashboard", Kind::Inside),
    ("interior", Kind::Inside),
    ("inside", Kind::Inside),
    ("cockpit", Kind::Inside),
    ("driver", Kind::Inside),
    ("engine", Kind::Inside),
    ("exhaust", Kind::Inside),
    ("auspuff", Kind::Inside),
    ("wheelarch", Kind::Exact(CarPart::Underbody)),
    ("wheelwell", Kind::Exact(CarPart::Underbody)),
    ("wheelhouse", Kind::Exact(CarPart::Underbody)),
    ("radlauf", Kind::Exact(CarPart::Underbody)),
    ("radkasten", Kind::Exact(CarPart::Underbody)),
    ("underbody", Kind::Exact(CarPart::Underbody)),
    ("underside", Kind::Exact(CarPart::Underbody)),
    ("chassis", Kind::Exact(CarPart::Underbody)),
    ("unterboden", Kind::Exact(CarPart::Underbody)),
    ("windscreen", Kind::Exact(CarPart::Windscreen)),
    ("windshield", Kind::Exact(CarPart::Windscreen)),
    ("frontscheibe", Kind::Exact(CarPart::Windscreen)),
    ("windschutz", Kind::Exact(CarPart::Windscreen)),
    ("parebrise", Kind::Exact(CarPart::Windscreen)),
    ("parabrisas", Kind::Exact(CarPart::Windscreen)),
    ("parabrezza", Kind::Exact(CarPart::Windscreen)),
    ("voorruit", Kind::Exact(CarPart::Windscreen)),
    ("heckscheibe", Kind::Exact(CarPart::RearWindow)),
    ("rearwindow", Kind::Exact(CarPart::RearWindow)),
    ("rearglass", Kind::Exact(CarPart::RearWindow)),
    ("lunette", Kind::Exact(CarPart::RearWindow)),
    ("lunotto", Kind::Exact(CarPart::RearWindow)),
    ("luneta", Kind::Exact(CarPart::RearWindow)),
    ("mirrorglass", Kind::Exact(CarPart::MirrorGlass)),
    ("mirror", Kind::Mirror),
    ("spiegel", Kind::Mirror),
    ("retrovis", Kind::Mirror),
    ("retroviseur", Kind::Mirror),
    ("specchi", Kind::Mirror),
    ("lusterko", Kind::Mirror),
    ("headlamp", Kind::Lamp),
    ("headlight", Kind::Lamp),
    ("taillight", Kind::Lamp),
    ("taillamp", Kind::Lamp),
    ("scheinwerfer", Kind::Lamp),
    ("leuchte", Kind::Lamp),
    ("licht", Kind::Lamp),
    ("phare", Kind::Lamp),
    ("faros", Kind::Lamp),
    ("fanale", Kind::Lamp),
    ("light", Kind::Lamp),
    ("lamp", Kind::Lamp),
    ("window", Kind::Glass),
    ("glass", Kind::Glass),
    ("fenster", Kind::Glass),
    ("scheibe", Kind::Glass),
    ("vitre", Kind::Glass),
    ("ventana", Kind::Glass),
    ("finestrin", Kind::Glass),
    ("janela", Kind::Glass),
    ("szyba", Kind::Glass),
    ("bumper", Kind::Bumper),
    ("stossstange", Kind::Bumper),
    ("parechoc", Kind::Bumper),
    ("paragolpe", Kind::Bumper),
    ("parachoque", Kind::Bumper),
    ("paraurti", Kind::Bumper),
    ("zderzak", Kind::Bumper),
    ("bonnet", Kind::Exact(CarPart::Bonnet)),
    ("motorhaube", Kind::Exact(CarPart::Bonnet)),
    ("capot", Kind::Exact(CarPart::Bonnet)),
    ("cofano", Kind::Exact(CarPart::Bonnet)),
    ("tailgate", Kind::Exact(CarPart::Tailgate)),
    ("trunk", Kind::Exact(CarPart::Tailgate)),
    ("kofferraum", Kind::Exact(CarPart::Tailgate)),
    ("heckklappe", Kind::Exact(CarPart::Tailgate)),
    ("hayon", Kind::Exact(CarPart::Tailgate)),
    ("bagagliaio", Kind::Exact(CarPart::Tailgate)),
    ("maletero", Kind::Exact(CarPart::Tailgate)),
    ("fender", Kind::Wing),
    ("kotfluegel", Kind::Wing),
    ("quarter", Kind::Quarter),
    ("grille", Kind::Exact(CarPart::Grille)),
    ("licence", Kind::Plate),
    ("license", Kind::Plate),
    ("kennzeichen", Kind::Plate),
    ("wheel", Kind::Wheel),
    ("tyre", Kind::Exact(CarPart::Tyre)),
    ("reifen", Kind::Exact(CarPart::Tyre)),
    ("pneu", Kind::Exact(CarPart::Tyre)),
];

/// Words that count only as a whole word: within others they mean something else.
const WHOLE: [(&str, Kind); 34] = [
    ("hood", Kind::Exact(CarPart::Bonnet)),
    ("haube", Kind::Exact(CarPart::Bonnet)),
    ("boot", Kind::Exact(CarPart::Tailgate)),
    ("coffre", Kind::Exact(CarPart::Tailgate)),
    ("tire", Kind::Exact(CarPart::Tyre)),
    ("tires", Kind::Exact(CarPart::Tyre)),
    ("rim", Kind::Exact(CarPart::Rim)),
    ("rims", Kind::Exact(CarPart::Rim)),
    ("felge", Kind::Exact(CarPart::Rim)),
    ("jante", Kind::Exact(CarPart::Rim)),
    ("hubcap", Kind::Exact(CarPart::Rim)),
    ("rad", Kind::Wheel),
    ("roue", Kind::Wheel),
    ("rueda", Kind::Wheel),
    ("ruota", Kind::Wheel),
    ("roda", Kind::Wheel),
    ("wiel", Kind::Wheel),
    ("kolo", Kind::Wheel),
    ("brake", Kind::Exact(CarPart::Brake)),
    ("caliper", Kind::Exact(CarPart::Brake)),
    ("door", Kind::Door),
    ("doors", Kind::Door),
    ("tuer", Kind::Door),
    ("tur", Kind::Door),
    ("porte", Kind::Door),
    ("puerta", Kind::Door),
    ("porta", Kind::Door),
    ("portiera", Kind::Door),
    ("roof", Kind::Exact(CarPart::Roof)),
    ("dach", Kind::Exact(CarPart::Roof)),
    ("toit", Kind::Exact(CarPart::Roof)),
    ("sill", Kind::Sill),
    ("handle", Kind::Exact(CarPart::Handle)),
    ("body", Kind::Body),
];

/// What a name says, if anything.
pub(super) fn kind(name: &str) -> Option<Kind> {
    let plain = plain(name);
    // Names that we write are parts already.
    if let Some(part) = CarPart::ALL
        .into_iter()
        .find(|part| part.name() == name.to_lowercase())
    {
        return Some(Kind::Exact(part));
    }
    let joined: String = plain.concat();
    let within = WITHIN.iter().find(|(word, _)| joined.contains(word));
    let whole = || {
        WHOLE
            .iter()
            .find(|(word, _)| plain.iter().any(|own| own == word))
    };
    within.or_else(whole).map(|(_, kind)| *kind)
}

/// Whether a name says front (1) or rear (−1), 0 for neither.
pub(super) fn end(name: &str) -> i32 {
    const FRONT: [&str; 9] = [
        "front",
        "vorn",
        "vorne",
        "avant",
        "delantero",
        "delantera",
        "anteriore",
        "dianteiro",
        "fl",
    ];
    const REAR: [&str; 10] = [
        "rear",
        "back",
        "hinten",
        "arriere",
        "trasero",
        "trasera",
        "posteriore",
        "traseiro",
        "rl",
        "rr",
    ];
    let words = plain(name);
    let has = |list: &[&str]| words.iter().any(|own| list.contains(&own.as_str()));
    i32::from(has(&FRONT)) - i32::from(has(&REAR))
}

/// Words in small letters, without accents; `wheelFront_L2` is `wheel`, `front`, `l`.
fn plain(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for letter in name.chars() {
        if !letter.is_alphabetic() || (was_small && letter.is_uppercase()) {
            words.push(String::new());
        }
        was_small = letter.is_lowercase();
        for small in letter.to_lowercase().filter(|small| small.is_alphabetic()) {
            match small {
                'ä' => words.last_mut().into_iter().for_each(|w| w.push_str("ae")),
                'ö' => words.last_mut().into_iter().for_each(|w| w.push_str("oe")),
                'ü' => words.last_mut().into_iter().for_each(|w| w.push_str("ue")),
                'ß' => words.last_mut().into_iter().for_each(|w| w.push_str("ss")),
                _ => {
                    let bare = match small {
                        'é' | 'è' | 'ê' | 'ë' => 'e',
                        'á' | 'à' | 'â' | 'ã' => 'a',
                        'í' | 'ì' | 'î' => 'i',
                        'ó' | 'ò' | 'ô' | 'õ' => 'o',
                        'ú' | 'ù' | 'û' => 'u',
                        'ç' => 'c',
                        'ł' => 'l',
                        other => other,
                    };
                    words.last_mut().into_iter().for_each(|w| w.push(bare));
                }
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_several_languages_mean_the_same() {
        for (names, kind) in [
            (
                &[
                    "wheel-back-left",
                    "Rad_VL",
                    "roue.001",
                    "RUEDA",
                    "ruotaAnteriore",
                ][..],
                Kind::Wheel,
            ),
            (
                &["Hood", "bonnet_01", "Motorhaube", "capot", "cofano"],
                Kind::Exact(CarPart::Bonnet),
            ),
            (
                &["door_FL", "Tür.vorne", "Porte avant", "puerta"],
                Kind::Door,
            ),
            (
                &["Windows", "Glass_Side", "Seitenfenster", "vitre"],
                Kind::Glass,
            ),
            (
                &["Pare-brise", "WINDSHIELD", "Frontscheibe"],
                Kind::Exact(CarPart::Windscreen),
            ),
            (
                &["bumper_front", "Stoßstange", "pare-chocs", "paragolpes"],
                Kind::Bumper,
            ),
            (&["steering_wheel", "Lenkrad"], Kind::Inside),
            (&["left_front_door"], Kind::Exact(CarPart::LeftFrontDoor)),
        ] {
            for name in names {
                assert_eq!(super::kind(name), Some(kind), "{name}");
            }
        }
        for name in ["", "Cube.003", "colormap", "radiator", "portal", "entire"] {
            assert_eq!(super::kind(name), None, "{name}");
        }
    }

    #[test]
    fn ends_are_words() {
        assert_eq!(
            [
                "wheel-front-left",
                "roue arrière",
                "backdrop",
                "HintenLinks"
            ]
            .map(end),
            [1, -1, 0, -1]
        );
    }

    #[test]
    fn every_word_of_a_map_is_read_as_what_writes_it() {
        for word in Kind::words() {
            assert_eq!(Kind::named(&word).map(Kind::name), Some(word));
        }
    }
}
