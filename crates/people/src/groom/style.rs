//! Named ways to wear hair that grows here, as numbers.

use glam::Vec3;

/// Which way hair is combed where it leaves the head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Comb {
    /// Away from the whorl on the crown, as it grows.
    Whorl,
    /// Over the forehead.
    Forward,
    /// From the face to the back of the head.
    Back,
    /// Away from the parting to either side.
    Parted,
    /// Straight out, every way.
    Out,
    /// To where it is tied; a direction from the skull's middle in its half extents.
    Tied(Vec3),
}

/// What becomes of tied hair behind the tie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tail {
    Loose,
    Plait,
    Bun,
}

/// How a style differs from others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    pub(crate) name: &'static str,
    pub(crate) tags: &'static [&'static str],
    pub(crate) meaning: &'static str,
    pub(crate) comb: Comb,
    pub(crate) tail: Tail,
    /// Usual length, centimetres, shortest and longest.
    pub(crate) length_cm: [f64; 2],
    /// Usual curl, from straight 0 to coils 1.
    pub(crate) curl: [f64; 2],
    /// Length beside the head and at the nape, shares of the length on top.
    pub(crate) sides: f32,
    pub(crate) nape: f32,
    /// Over the forehead down to the brows.
    pub(crate) fringe: bool,
    /// How steeply it leaves the skin, 0 lying, 1 upright.
    pub(crate) lift: f32,
    /// How thick the hair of the crown lies over what is below it, metres.
    pub(crate) volume_m: f32,
    /// For how long it keeps the comb's direction before it hangs, metres.
    pub(crate) hold_m: f32,
    /// How strongly neighbours lie together towards the tips, `[0, 1]`.
    pub(crate) clumping: f32,
    /// Disorder of single hairs, metres at the tip.
    pub(crate) frizz_m: f32,
    /// How unequal neighbours are in length, `[0, 1]`.
    pub(crate) layered: f32,
    /// Hairs, as a share of the most.
    pub(crate) amount: f32,
}

const PLAIN: Style = Style {
    name: "",
    tags: &[],
    meaning: "",
    comb: Comb::Whorl,
    tail: Tail::Loose,
    length_cm: [1.0, 2.0],
    curl: [0.0, 0.15],
    sides: 1.0,
    nape: 1.0,
    fringe: false,
    lift: 0.3,
    volume_m: 0.010,
    hold_m: 0.10,
    clumping: 0.3,
    frizz_m: 0.002,
    layered: 0.2,
    amount: 1.0,
};

/// Where tied hair comes together: at the back, a little above the ears.
const TIE: Vec3 = Vec3::new(0.0, 0.30, -1.12);
/// Higher, for buns.
const TOP_TIE: Vec3 = Vec3::new(0.0, 0.72, -0.92);
/// At the nape, for plaits.
const LOW_TIE: Vec3 = Vec3::new(0.0, -0.35, -1.06);

/// Every style that is grown.
pub(crate) const STYLES: &[Style] = &[
    Style {
        name: "buzz",
        tags: &["short", "strands"],
        meaning: "cut with a machine to one length of some millimetres",
        length_cm: [0.3, 0.9],
        lift: 0.75,
        volume_m: 0.0,
        hold_m: 1.0,
        clumping: 0.0,
        frizz_m: 0.0006,
        layered: 0.1,
        ..PLAIN
    },
    Style {
        name: "crop",
        tags: &["short", "strands"],
        meaning: "short all over, combed forward, shorter at the sides",
        comb: Comb::Forward,
        length_cm: [2.0, 4.0],
        sides: 0.45,
        nape: 0.3,
        lift: 0.45,
        volume_m: 0.006,
        hold_m: 0.06,
        clumping: 0.45,
        frizz_m: 0.003,
        layered: 0.35,
        ..PLAIN
    },
    Style {
        name: "side_part",
        tags: &["short", "strands"],
        meaning: "short sides, the top combed away from a parting",
        comb: Comb::Parted,
        length_cm: [6.0, 9.5],
        sides: 0.32,
        nape: 0.15,
        lift: 0.35,
        volume_m: 0.011,
        hold_m: 0.11,
        clumping: 0.35,
        frizz_m: 0.0025,
        ..PLAIN
    },
    Style {
        name: "slick_back",
        tags: &["short", "strands"],
        meaning: "combed back from the forehead, short sides",
        comb: Comb::Back,
        length_cm: [7.0, 12.0],
        sides: 0.35,
        nape: 0.25,
        lift: 0.4,
        volume_m: 0.010,
        hold_m: 0.2,
        clumping: 0.45,
        frizz_m: 0.0015,
        ..PLAIN
    },
    Style {
        name: "short_curls",
        tags: &["short", "curly", "strands"],
        meaning: "short curls, shorter at the sides",
        comb: Comb::Forward,
        length_cm: [4.0, 7.0],
        curl: [0.5, 0.8],
        sides: 0.5,
        nape: 0.35,
        lift: 0.8,
        volume_m: 0.016,
        hold_m: 0.08,
        clumping: 0.85,
        frizz_m: 0.003,
        layered: 0.35,
        amount: 0.7,
        ..PLAIN
    },
    Style {
        name: "bob",
        tags: &["medium", "strands"],
        meaning: "to the jaw, cut straight, parted",
        comb: Comb::Parted,
        length_cm: [20.0, 26.0],
        sides: 0.8,
        nape: 0.55,
        lift: 0.2,
        volume_m: 0.016,
        hold_m: 0.08,
        layered: 0.06,
        ..PLAIN
    },
    Style {
        name: "fringe_bob",
        tags: &["medium", "strands"],
        meaning: "to the jaw, with a fringe over the forehead",
        comb: Comb::Parted,
        length_cm: [19.0, 25.0],
        sides: 0.8,
        nape: 0.55,
        fringe: true,
        lift: 0.2,
        volume_m: 0.016,
        hold_m: 0.08,
        layered: 0.06,
        ..PLAIN
    },
    Style {
        name: "long_straight",
        tags: &["long", "strands"],
        meaning: "straight, over the shoulders, parted",
        comb: Comb::Parted,
        length_cm: [40.0, 58.0],
        lift: 0.2,
        volume_m: 0.014,
        hold_m: 0.09,
        frizz_m: 0.004,
        amount: 0.62,
        ..PLAIN
    },
    Style {
        name: "wavy",
        tags: &["long", "strands"],
        meaning: "waves to the shoulders or below, parted",
        comb: Comb::Parted,
        length_cm: [28.0, 48.0],
        curl: [0.25, 0.42],
        lift: 0.25,
        volume_m: 0.018,
        hold_m: 0.09,
        clumping: 0.6,
        frizz_m: 0.006,
        layered: 0.3,
        amount: 0.62,
        ..PLAIN
    },
    Style {
        name: "curly",
        tags: &["medium", "curly", "strands"],
        meaning: "curls around the head to the jaw or shoulders, parted",
        comb: Comb::Parted,
        length_cm: [16.0, 30.0],
        curl: [0.5, 0.75],
        lift: 0.5,
        volume_m: 0.026,
        hold_m: 0.07,
        clumping: 0.85,
        frizz_m: 0.006,
        layered: 0.4,
        amount: 0.6,
        ..PLAIN
    },
    Style {
        name: "afro",
        tags: &["medium", "curly", "strands"],
        meaning: "coils that stand out from the head all around",
        comb: Comb::Out,
        length_cm: [4.0, 11.0],
        curl: [0.82, 1.0],
        sides: 0.9,
        nape: 0.6,
        lift: 1.0,
        volume_m: 0.0,
        hold_m: 1.0,
        clumping: 0.35,
        frizz_m: 0.006,
        layered: 0.3,
        amount: 0.65,
        ..PLAIN
    },
    Style {
        name: "ponytail",
        tags: &["long", "strands"],
        meaning: "combed back and tied behind the crown",
        comb: Comb::Tied(TIE),
        length_cm: [20.0, 40.0],
        curl: [0.0, 0.35],
        lift: 0.1,
        volume_m: 0.006,
        clumping: 0.2,
        frizz_m: 0.0012,
        layered: 0.3,
        amount: 0.8,
        ..PLAIN
    },
    Style {
        name: "plait",
        tags: &["long", "strands"],
        meaning: "combed back and plaited in three at the nape",
        comb: Comb::Tied(LOW_TIE),
        tail: Tail::Plait,
        length_cm: [25.0, 45.0],
        lift: 0.1,
        volume_m: 0.006,
        clumping: 0.2,
        frizz_m: 0.001,
        amount: 0.8,
        ..PLAIN
    },
    Style {
        name: "bun",
        tags: &["medium", "strands"],
        meaning: "combed up and wound into a knot",
        comb: Comb::Tied(TOP_TIE),
        tail: Tail::Bun,
        length_cm: [25.0, 40.0],
        lift: 0.1,
        volume_m: 0.006,
        clumping: 0.2,
        frizz_m: 0.0012,
        amount: 0.8,
        ..PLAIN
    },
];

/// The style of that name, if it is one that is grown.
pub(crate) fn named(name: &str) -> Option<&'static Style> {
    STYLES.iter().find(|style| style.name == name)
}

/// A curl's radius and the way it takes for a turn, metres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Curl {
    pub(crate) radius_m: f32,
    pub(crate) turn_m: f32,
    /// Waves lie in a plane, curls wind.
    pub(crate) winds: f32,
}

impl Curl {
    /// Straight to 0.05, waves to 0.45, then curls to 0.75, then coils: as the types of hair are told apart by curve diameter (Loussouarn et al.
    /// 2007, "Worldwide diversity of hair curliness").
    pub(crate) fn of(curl: f32) -> Option<Self> {
        const KNOTS: [(f32, f32, f32, f32); 5] = [
            (0.05, 0.0008, 0.10, 0.0),
            (0.30, 0.0070, 0.070, 0.1),
            (0.45, 0.0075, 0.045, 0.6),
            (0.75, 0.0048, 0.018, 1.0),
            (1.00, 0.0024, 0.0095, 1.0),
        ];
        if curl <= KNOTS[0].0 {
            return None;
        }
        let after = KNOTS
            .iter()
            .position(|knot| knot.0 >= curl)
            .unwrap_or(KNOTS.len() - 1)
            .max(1);
        let (a, b) = (KNOTS[after - 1], KNOTS[after]);
        let t = ((curl - a.0) / (b.0 - a.0)).clamp(0.0, 1.0);
        let lerp = |a: f32, b: f32| a + (b - a) * t;
        Some(Self {
            radius_m: lerp(a.1, b.1),
            turn_m: lerp(a.2, b.2),
            winds: lerp(a.3, b.3),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curls_grow_tighter_without_steps() {
        assert_eq!(Curl::of(0.0), None);
        let mut last = Curl::of(0.051).expect("a wave");
        for k in 52..=1000 {
            let next = Curl::of(k as f32 / 1000.0).expect("a wave");
            assert!(next.turn_m < last.turn_m && last.turn_m - next.turn_m < 4e-4);
            assert!((next.radius_m - last.radius_m).abs() < 5e-5);
            last = next;
        }
    }
}
