//! Gestures that have names.

use super::{Digit, HandPose, Thumb};

/// A gesture, of either hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gesture {
    /// As a hand hangs when nobody thinks of it.
    Relaxed,
    /// Straight fingers, spread.
    Open,
    /// Straight fingers, side by side, as a policeman's.
    Stop,
    /// Closed, the thumb over the fingers.
    Fist,
    /// The index finger shows.
    Point,
    /// The thumb shows.
    ThumbsUp,
    /// Index and middle finger in a V.
    Victory,
    /// Index and middle finger side by side.
    Two,
    /// Index, middle and ring finger.
    Three,
    /// All fingers but the thumb.
    Four,
    /// Thumb and index finger in a ring, the others away.
    Ok,
    /// Thumb and index finger as if they held a needle, the others curled.
    Pinch,
    /// Thumb and little finger, as a telephone.
    Call,
    /// Index and little finger.
    Rock,
    /// Thumb and index finger at right angles.
    Gun,
    /// The little finger alone.
    LittleFinger,
    /// Curled as around a cup.
    Cup,
    /// Bent at the middle joints alone.
    Claw,
    /// Flat fingers bent at the knuckles, thumb below: a duck's bill.
    Beak,
}

impl Gesture {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::Relaxed,
        Self::Open,
        Self::Stop,
        Self::Fist,
        Self::Point,
        Self::ThumbsUp,
        Self::Victory,
        Self::Two,
        Self::Three,
        Self::Four,
        Self::Ok,
        Self::Pinch,
        Self::Call,
        Self::Rock,
        Self::Gun,
        Self::LittleFinger,
        Self::Cup,
        Self::Claw,
        Self::Beak,
    ];

    /// As a recipe writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Relaxed => "relaxed",
            Self::Open => "open",
            Self::Stop => "stop",
            Self::Fist => "fist",
            Self::Point => "point",
            Self::ThumbsUp => "thumbs_up",
            Self::Victory => "victory",
            Self::Two => "two",
            Self::Three => "three",
            Self::Four => "four",
            Self::Ok => "ok",
            Self::Pinch => "pinch",
            Self::Call => "call",
            Self::Rock => "rock",
            Self::Gun => "gun",
            Self::LittleFinger => "little_finger",
            Self::Cup => "cup",
            Self::Claw => "claw",
            Self::Beak => "beak",
        }
    }

    /// The gesture of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gesture| gesture.name() == name)
    }

    /// The hand.
    pub fn pose(self) -> HandPose {
        let straight = digit(0.0, 0.0, 3.0, 2.0);
        let closed = digit(0.0, 84.0, 98.0, 60.0);
        let over = thumb(14.0, 26.0, 22.0, 42.0, 38.0);
        let aside = thumb(-12.0, -30.0, 0.0, -8.0, -12.0);
        let beside = thumb(-22.0, -4.0, 0.0, -4.0, -4.0);
        let spread = |i: usize, by: f32| {
            let way = [1.0, 0.1, -0.7, -1.5][i];
            Digit {
                spread: (way * by).to_radians(),
                ..straight
            }
        };
        let open = [0, 1, 2, 3].map(|i| spread(i, 11.0));
        let (thumb, digits) = match self {
            Self::Relaxed => (
                thumb(0.0, 0.0, 0.0, 4.0, 4.0),
                [
                    digit(3.0, 14.0, 26.0, 15.0),
                    digit(0.5, 19.0, 30.0, 18.0),
                    digit(-2.0, 23.0, 33.0, 20.0),
                    digit(-5.0, 25.0, 34.0, 20.0),
                ],
            ),
            Self::Open => (aside, open),
            Self::Stop => (beside, [0, 1, 2, 3].map(|i| spread(i, 1.0))),
            Self::Fist => (over, [closed; 4]),
            Self::Point => (over, [straight, closed, closed, closed]),
            Self::ThumbsUp => (thumb(-25.0, -40.0, 0.0, -12.0, -20.0), [closed; 4]),
            Self::Victory => (
                thumb(16.0, 34.0, 25.0, 44.0, 40.0),
                [
                    spread(0, 14.0),
                    Digit {
                        spread: -0.14,
                        ..straight
                    },
                    closed,
                    closed,
                ],
            ),
            Self::Two => (
                thumb(16.0, 34.0, 25.0, 44.0, 40.0),
                [straight, straight, closed, closed],
            ),
            Self::Three => (
                thumb(18.0, 38.0, 30.0, 46.0, 44.0),
                [
                    spread(0, 9.0),
                    spread(1, 9.0),
                    spread(2, 9.0),
                    digit(2.0, 80.0, 92.0, 55.0),
                ],
            ),
            Self::Four => (
                thumb(8.0, 38.0, 20.0, 40.0, 40.0),
                [0, 1, 2, 3].map(|i| spread(i, 8.0)),
            ),
            Self::Ok => (
                OK_THUMB,
                [
                    OK_INDEX,
                    digit(0.0, 16.0, 20.0, 10.0),
                    digit(-5.0, 8.0, 12.0, 8.0),
                    digit(-13.0, 2.0, 8.0, 5.0),
                ],
            ),
            Self::Pinch => (
                OK_THUMB,
                [
                    OK_INDEX,
                    digit(0.0, 62.0, 62.0, 36.0),
                    digit(-1.0, 70.0, 72.0, 42.0),
                    digit(-3.0, 74.0, 76.0, 44.0),
                ],
            ),
            Self::Call => (aside, [closed, closed, closed, spread(3, 12.0)]),
            Self::Rock => (
                thumb(16.0, 34.0, 25.0, 44.0, 40.0),
                [spread(0, 8.0), closed, closed, spread(3, 9.0)],
            ),
            Self::Gun => (
                thumb(-25.0, -40.0, 0.0, -10.0, -18.0),
                [straight, closed, closed, closed],
            ),
            Self::LittleFinger => (over, [closed, closed, closed, spread(3, 6.0)]),
            Self::Cup => (
                thumb(18.0, 6.0, 18.0, 14.0, 18.0),
                [
                    digit(4.0, 40.0, 42.0, 24.0),
                    digit(1.0, 42.0, 44.0, 26.0),
                    digit(-2.0, 44.0, 46.0, 28.0),
                    digit(-5.0, 45.0, 46.0, 28.0),
                ],
            ),
            Self::Claw => (
                thumb(8.0, -10.0, 8.0, 14.0, 40.0),
                [0, 1, 2, 3].map(|i| Digit {
                    mcp: 0.05,
                    pip: 75_f32.to_radians(),
                    dip: 50_f32.to_radians(),
                    ..spread(i, 8.0)
                }),
            ),
            Self::Beak => (
                thumb(24.0, 14.0, 26.0, 10.0, 4.0),
                [0, 1, 2, 3].map(|i| Digit {
                    mcp: 60_f32.to_radians(),
                    pip: 6_f32.to_radians(),
                    ..spread(i, 0.0)
                }),
            ),
        };
        HandPose { thumb, digits }
    }
}

/// Found by search, so that the pulps of the reference hand meet.
const OK_THUMB: Thumb = thumb(35.0, 20.0, 20.0, 16.0, 24.0);
const OK_INDEX: Digit = digit(4.0, 56.0, 48.0, 30.0);

const fn digit(spread: f32, mcp: f32, pip: f32, dip: f32) -> Digit {
    Digit {
        spread: spread.to_radians(),
        mcp: mcp.to_radians(),
        pip: pip.to_radians(),
        dip: dip.to_radians(),
    }
}

const fn thumb(abduction: f32, flexion: f32, roll: f32, mcp: f32, ip: f32) -> Thumb {
    Thumb {
        abduction: abduction.to_radians(),
        flexion: flexion.to_radians(),
        roll: roll.to_radians(),
        mcp: mcp.to_radians(),
        ip: ip.to_radians(),
    }
}
