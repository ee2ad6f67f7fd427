//! Pictures with what is true of them, as a network learns from them and is judged by them.

use crate::error::VisionError;

/// How much of a cached square's side a network sees in the middle; the rest is room for turning and shifting.
pub const VIEW: f64 = 2.0 / 3.0;

/// The value of a pixel whose class nobody knows.
pub const UNKNOWN: u8 = 255;

/// Most pixels that examples hold together: 4 GiB of colours.
pub(crate) const MOST_PIXELS: usize = (4 << 30) / 3;

/// Pictures with their truth.
#[derive(Debug, Clone, PartialEq)]
pub struct Examples {
    /// Pixels of a cached square's side. What a network of 64 pixels sees is best cached with 96.
    pub side: usize,
    /// sRGB, `[pictures][side][side][3]`.
    pub pixels: Vec<u8>,
    /// Where each square lies in the picture it was cut from, one a picture.
    pub frames: Vec<Frame>,
    /// What is true of them.
    pub truth: Truth,
}

/// A square in a picture, in pixels of that picture: x to the right and y down from the outer corner of its top-left pixel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// Corner of the cached square; it may lie outside of the picture.
    pub left: f64,
    /// See `left`.
    pub top: f64,
    /// Length of its sides.
    pub side: f64,
}

impl Frame {
    /// A place in shares of the cached square, in the picture's pixels.
    pub fn to_picture(&self, share: [f64; 2]) -> [f64; 2] {
        [
            self.left + share[0] * self.side,
            self.top + share[1] * self.side,
        ]
    }

    /// A place in the picture's pixels, in shares of the cached square.
    pub fn from_picture(&self, at: [f64; 2]) -> [f64; 2] {
        [
            (at[0] - self.left) / self.side,
            (at[1] - self.top) / self.side,
        ]
    }
}

/// What is true of pictures.
#[derive(Debug, Clone, PartialEq)]
pub enum Truth {
    /// Points on them.
    Landmarks(Landmarks),
    /// One class each.
    Class {
        /// The classes.
        names: Vec<String>,
        /// Each picture's, below the number of names.
        of: Vec<u32>,
    },
    /// A class for each pixel.
    Segments {
        /// The classes.
        names: Vec<String>,
        /// `[pictures][side][side]`: below the number of names, or [`UNKNOWN`].
        of: Vec<u8>,
    },
    /// Numbers.
    Numbers {
        /// What they are, with their units.
        names: Vec<String>,
        /// `[pictures][names]`; not finite where unknown.
        of: Vec<f32>,
    },
}

/// Points on pictures.
#[derive(Debug, Clone, PartialEq)]
pub struct Landmarks {
    /// What they are.
    pub names: Vec<String>,
    /// `[pictures][names]`: x and y in shares of the cached square; not finite where unknown.
    pub of: Vec<[f32; 2]>,
    /// Which point each one is in a mirror; without it, pictures are not mirrored while a network learns.
    pub mirror: Option<Vec<usize>>,
    /// Two points whose distance errors are told in; without them it is the longer side of the box around all points.
    pub measure: Option<[usize; 2]>,
}

/// The kind of a truth, without a picture's own.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Kind {
    /// See [`Truth::Landmarks`].
    Landmarks {
        /// What the points are.
        names: Vec<String>,
        /// See [`Landmarks::mirror`].
        mirror: Option<Vec<usize>>,
        /// See [`Landmarks::measure`].
        measure: Option<[usize; 2]>,
    },
    /// See [`Truth::Class`].
    Class(Vec<String>),
    /// See [`Truth::Segments`].
    Segments(Vec<String>),
    /// See [`Truth::Numbers`].
    Numbers(Vec<String>),
}

impl Kind {
    /// Names of points, classes or numbers.
    pub fn names(&self) -> &[String] {
        match self {
            Self::Landmarks { names, .. }
            | Self::Class(names)
            | Self::Segments(names)
            | Self::Numbers(names) => names,
        }
    }

    /// As a sentence has it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Landmarks { .. } => "landmarks",
            Self::Class(_) => "classes",
            Self::Segments(_) => "segments",
            Self::Numbers(_) => "numbers",
        }
    }
}

/// iBUG's 68 points in a mirror.
pub fn mirrored_face() -> Vec<usize> {
    let mut of: Vec<usize> = (0..68).collect();
    let mut swap = |pairs: &[(usize, usize)]| {
        for &(a, b) in pairs {
            (of[a], of[b]) = (b, a);
        }
    };
    let ends = |low: usize, high: usize| -> Vec<(usize, usize)> {
        (0..(high - low).div_ceil(2))
            .map(|step| (low + step, high - step))
            .collect()
    };
    // Jaw, brows, nostrils, eyes, outer and inner lips.
    for (low, high) in [
        (0, 16),
        (17, 26),
        (31, 35),
        (48, 54),
        (55, 59),
        (60, 64),
        (65, 67),
    ] {
        swap(&ends(low, high));
    }
    swap(&[(36, 45), (37, 44), (38, 43), (39, 42), (40, 47), (41, 46)]);
    of
}

impl Examples {
    /// These, and others of the same kind behind them.
    ///
    /// # Errors
    /// Another side, or another kind of truth.
    pub fn joined(mut self, other: Self) -> Result<Self, VisionError> {
        let unlike = || {
            VisionError::new(
                "examples of different kinds are not one data set",
                "give all parts the same labels, and squares of one side",
            )
        };
        if self.side != other.side || self.kind() != other.kind() {
            return Err(unlike());
        }
        match (&mut self.truth, other.truth) {
            (Truth::Landmarks(own), Truth::Landmarks(more)) => own.of.extend(more.of),
            (Truth::Class { of, .. }, Truth::Class { of: more, .. }) => of.extend(more),
            (Truth::Segments { of, .. }, Truth::Segments { of: more, .. }) => of.extend(more),
            (Truth::Numbers { of, .. }, Truth::Numbers { of: more, .. }) => of.extend(more),
            _ => return Err(unlike()),
        }
        self.pixels.extend(other.pixels);
        self.frames.extend(other.frames);
        Ok(self)
    }

    /// How many pictures there are.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// What the truth is about.
    pub fn kind(&self) -> Kind {
        match &self.truth {
            Truth::Landmarks(marks) => Kind::Landmarks {
                names: marks.names.clone(),
                mirror: marks.mirror.clone(),
                measure: marks.measure,
            },
            Truth::Class { names, .. } => Kind::Class(names.clone()),
            Truth::Segments { names, .. } => Kind::Segments(names.clone()),
            Truth::Numbers { names, .. } => Kind::Numbers(names.clone()),
        }
    }

    /// Those at some places, in that order.
    ///
    /// # Panics
    /// Where a place is beyond the last picture.
    #[must_use]
    pub fn at(&self, places: &[usize]) -> Self {
        fn rows<T: Copy>(of: &[T], width: usize, places: &[usize]) -> Vec<T> {
            places
                .iter()
                .flat_map(|&place| of[place * width..(place + 1) * width].iter().copied())
                .collect()
        }
        let square = self.side * self.side;
        Self {
            side: self.side,
            pixels: rows(&self.pixels, 3 * square, places),
            frames: rows(&self.frames, 1, places),
            truth: match &self.truth {
                Truth::Landmarks(marks) => Truth::Landmarks(Landmarks {
                    of: rows(&marks.of, marks.names.len(), places),
                    names: marks.names.clone(),
                    mirror: marks.mirror.clone(),
                    measure: marks.measure,
                }),
                Truth::Class { names, of } => Truth::Class {
                    names: names.clone(),
                    of: rows(of, 1, places),
                },
                Truth::Segments { names, of } => Truth::Segments {
                    names: names.clone(),
                    of: rows(of, square, places),
                },
                Truth::Numbers { names, of } => Truth::Numbers {
                    names: names.clone(),
                    of: rows(of, names.len(), places),
                },
            },
        }
    }

    /// Whether anything is known of a picture. Nothing is learned from one of which nothing is, and nobody can be judged by it.
    ///
    /// # Panics
    /// Where the place is beyond the last picture.
    pub fn is_known(&self, place: usize) -> bool {
        let rows = |width: usize| place * width..(place + 1) * width;
        match &self.truth {
            Truth::Landmarks(marks) => marks.of[rows(marks.names.len())]
                .iter()
                .any(|p| p.iter().all(|c| c.is_finite())),
            Truth::Class { .. } => true,
            Truth::Segments { of, .. } => of[rows(self.side * self.side)]
                .iter()
                .any(|&class| class != UNKNOWN),
            Truth::Numbers { names, of } => of[rows(names.len())].iter().any(|n| n.is_finite()),
        }
    }

    /// Nothing when all parts fit each other.
    ///
    /// # Errors
    /// The first thing that does not.
    pub fn check(&self) -> Result<(), VisionError> {
        let wrong = |what: &str| {
            VisionError::new(
                format!("these examples contradict themselves: {what}"),
                "build them with `vision::read`",
            )
        };
        let (count, square) = (self.len(), self.side * self.side);
        if self.side == 0 || self.pixels.len() != count * square * 3 {
            return Err(wrong("there are more or fewer pixels than pictures have"));
        }
        if self.kind().names().is_empty() {
            return Err(wrong("there is nothing to tell"));
        }
        let fits = match &self.truth {
            Truth::Landmarks(marks) => {
                let points = marks.names.len();
                marks.of.len() == count * points
                    && marks.mirror.as_ref().is_none_or(|mirror| {
                        mirror.len() == points
                            && (0..points)
                                .all(|p| mirror.get(mirror[p]).is_some_and(|&back| back == p))
                    })
                    && marks
                        .measure
                        .is_none_or(|two| two.iter().all(|&p| p < points))
            }
            Truth::Class { names, of } => {
                of.len() == count && of.iter().all(|&class| (class as usize) < names.len())
            }
            Truth::Segments { names, of } => {
                names.len() < usize::from(UNKNOWN)
                    && of.len() == count * square
                    && of
                        .iter()
                        .all(|&class| class == UNKNOWN || usize::from(class) < names.len())
            }
            Truth::Numbers { names, of } => of.len() == count * names.len(),
        };
        fits.then_some(())
            .ok_or_else(|| wrong("the truth does not fit the pictures or the names"))
    }
}
