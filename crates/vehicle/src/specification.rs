//! A car on one sheet: the numbers that its maker publishes.

use serde::Deserialize;

/// What a car is for, which decides how its sides run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BodyStyle {
    /// Three boxes, four doors.
    Sedan,
    /// Two boxes, the back cut short.
    Hatchback,
    /// The roof runs on over the boot.
    Estate,
    /// High, with upright sides and large wheels.
    Suv,
    /// A cab and an open bed.
    Pickup,
    /// One box behind a short bonnet, sides of sheet metal.
    Van,
    /// Two doors and a roof that falls to the tail.
    Coupe,
    /// A van with windows.
    Minibus,
}

impl BodyStyle {
    /// Every style.
    pub const ALL: [Self; 8] = [
        Self::Sedan,
        Self::Hatchback,
        Self::Estate,
        Self::Suv,
        Self::Pickup,
        Self::Van,
        Self::Coupe,
        Self::Minibus,
    ];

    /// As recipes write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sedan => "sedan",
            Self::Hatchback => "hatchback",
            Self::Estate => "estate",
            Self::Suv => "suv",
            Self::Pickup => "pickup",
            Self::Van => "van",
            Self::Coupe => "coupe",
            Self::Minibus => "minibus",
        }
    }

    /// The style of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|style| style.name() == name)
    }
}

/// A car's measures. Lengths in metres, of the unladen car; angles in degrees from the horizontal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Specification {
    /// What it is.
    pub style: BodyStyle,
    /// Bumper to bumper, 3 to 7.5.
    pub length_m: f32,
    /// Without mirrors, 1.4 to 2.3.
    pub width_m: f32,
    /// 1.1 to 3.
    pub height_m: f32,
    /// Between the axles.
    pub wheelbase_m: f32,
    /// From the front bumper to the front axle.
    pub front_overhang_m: f32,
    /// Below the body, 0.08 to 0.35.
    pub ground_clearance_m: f32,
    /// From the front bumper to the foot of the windscreen.
    pub bonnet_m: f32,
    /// From the foot of the rear window to the rear bumper; of a pickup, the bed.
    pub boot_m: f32,
    /// Of the windscreen: 25 flat, 60 upright.
    pub windscreen_deg: f32,
    /// Of the rear window, 15 to 88.
    pub rear_window_deg: f32,
    /// Height of the shoulder, the foot of the side windows.
    pub shoulder_m: f32,
    /// Outer diameter of the tyres, 0.5 to 0.9.
    pub tyre_diameter_m: f32,
    /// 0.14 to 0.33.
    pub tyre_width_m: f32,
    /// Diameter of the rims in inches, 13 to 23.
    pub rim_inch: f32,
    /// Doors at the sides: 2 or 4.
    pub side_doors: u8,
}

impl Specification {
    /// A common car of a style.
    pub fn typical(style: BodyStyle) -> Self {
        let sedan = Self {
            style,
            length_m: 4.7,
            width_m: 1.82,
            height_m: 1.45,
            wheelbase_m: 2.75,
            front_overhang_m: 0.9,
            ground_clearance_m: 0.15,
            bonnet_m: 1.32,
            boot_m: 0.72,
            windscreen_deg: 29.0,
            rear_window_deg: 27.0,
            shoulder_m: 0.95,
            tyre_diameter_m: 0.65,
            tyre_width_m: 0.215,
            rim_inch: 17.0,
            side_doors: 4,
        };
        match style {
            BodyStyle::Sedan => sedan,
            BodyStyle::Hatchback => Self {
                length_m: 4.25,
                width_m: 1.79,
                height_m: 1.47,
                wheelbase_m: 2.62,
                front_overhang_m: 0.86,
                bonnet_m: 1.2,
                boot_m: 0.12,
                rear_window_deg: 48.0,
                shoulder_m: 0.96,
                ..sedan
            },
            BodyStyle::Estate => Self {
                length_m: 4.75,
                height_m: 1.48,
                boot_m: 0.1,
                rear_window_deg: 52.0,
                ..sedan
            },
            BodyStyle::Suv => Self {
                length_m: 4.55,
                width_m: 1.86,
                height_m: 1.68,
                wheelbase_m: 2.68,
                front_overhang_m: 0.91,
                ground_clearance_m: 0.2,
                bonnet_m: 1.22,
                boot_m: 0.1,
                windscreen_deg: 34.0,
                rear_window_deg: 60.0,
                shoulder_m: 1.1,
                tyre_diameter_m: 0.72,
                tyre_width_m: 0.235,
                rim_inch: 18.0,
                ..sedan
            },
            BodyStyle::Pickup => Self {
                length_m: 5.35,
                width_m: 1.87,
                height_m: 1.8,
                wheelbase_m: 3.2,
                front_overhang_m: 0.93,
                ground_clearance_m: 0.23,
                bonnet_m: 1.4,
                boot_m: 1.55,
                windscreen_deg: 36.0,
                rear_window_deg: 78.0,
                shoulder_m: 1.15,
                tyre_diameter_m: 0.77,
                tyre_width_m: 0.255,
                rim_inch: 17.0,
                ..sedan
            },
            BodyStyle::Van => Self {
                length_m: 5.3,
                width_m: 1.99,
                height_m: 1.98,
                wheelbase_m: 3.3,
                front_overhang_m: 0.95,
                ground_clearance_m: 0.17,
                bonnet_m: 0.95,
                boot_m: 0.05,
                windscreen_deg: 42.0,
                rear_window_deg: 86.0,
                shoulder_m: 1.2,
                tyre_diameter_m: 0.68,
                tyre_width_m: 0.215,
                rim_inch: 16.0,
                ..sedan
            },
            BodyStyle::Coupe => Self {
                length_m: 4.55,
                width_m: 1.84,
                height_m: 1.36,
                wheelbase_m: 2.7,
                bonnet_m: 1.4,
                boot_m: 0.48,
                windscreen_deg: 27.0,
                rear_window_deg: 22.0,
                shoulder_m: 0.93,
                tyre_diameter_m: 0.67,
                tyre_width_m: 0.245,
                rim_inch: 18.0,
                side_doors: 2,
                ground_clearance_m: 0.13,
                ..sedan
            },
            BodyStyle::Minibus => Self {
                style,
                ..Self::typical(BodyStyle::Van)
            },
        }
    }

    /// Where the axles are, metres behind the front bumper.
    pub fn axles(&self) -> [f32; 2] {
        [
            self.front_overhang_m,
            self.front_overhang_m + self.wheelbase_m,
        ]
    }

    /// Half of the tyres' outer diameter.
    pub fn tyre_radius_m(&self) -> f32 {
        0.5 * self.tyre_diameter_m
    }
}

/// Measures that no car has.
#[derive(Debug, Clone, PartialEq)]
pub struct SpecificationError {
    /// The measure.
    pub name: &'static str,
    /// What was given.
    pub found: f32,
    /// What may be.
    pub least: f32,
    /// What may be.
    pub most: f32,
}

impl std::fmt::Display for SpecificationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "`{}` is {}, and cars like this have {:.2} to {:.2}",
            self.name, self.found, self.least, self.most
        )
    }
}

impl std::error::Error for SpecificationError {}

impl Specification {
    /// Whether such a car can be built.
    ///
    /// # Errors
    /// [`SpecificationError`] for the first measure that is not a number in its range; ranges of some depend on others.
    pub fn check(&self) -> Result<(), SpecificationError> {
        let length = self.length_m;
        let bed = self.style == BodyStyle::Pickup;
        let ranges = [
            ("length_m", length, 3.0, 7.5),
            ("width_m", self.width_m, 1.4, 2.3),
            ("height_m", self.height_m, 1.1, 3.0),
            ("ground_clearance_m", self.ground_clearance_m, 0.08, 0.35),
            ("tyre_diameter_m", self.tyre_diameter_m, 0.5, 0.9),
            ("tyre_width_m", self.tyre_width_m, 0.14, 0.33),
            (
                "rim_inch",
                self.rim_inch,
                12.0,
                (self.tyre_diameter_m - 0.06) / 0.0254,
            ),
            // Wheels turn, and bumpers lie before and behind them.
            (
                "front_overhang_m",
                self.front_overhang_m,
                0.5 * self.tyre_diameter_m + 0.2,
                0.3 * length,
            ),
            (
                "wheelbase_m",
                self.wheelbase_m,
                0.5 * length,
                length - self.front_overhang_m - 0.5 * self.tyre_diameter_m - 0.12,
            ),
            (
                "shoulder_m",
                self.shoulder_m,
                self.tyre_diameter_m + 0.1,
                self.height_m - 0.25,
            ),
            ("bonnet_m", self.bonnet_m, 0.6, 0.4 * length),
            (
                "boot_m",
                self.boot_m,
                0.0,
                if bed { 0.42 * length } else { 0.3 * length },
            ),
            ("windscreen_deg", self.windscreen_deg, 22.0, 70.0),
            ("rear_window_deg", self.rear_window_deg, 15.0, 89.0),
        ];
        for (name, found, least, most) in ranges {
            // Also refuses what is not a number.
            if !(least..=most).contains(&found) {
                return Err(SpecificationError {
                    name,
                    found,
                    least,
                    most,
                });
            }
        }
        Ok(())
    }
}

/// A sheet as a file: the style, and whatever differs from the typical car of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sheet {
    style: BodyStyle,
    length_m: Option<f32>,
    width_m: Option<f32>,
    height_m: Option<f32>,
    wheelbase_m: Option<f32>,
    front_overhang_m: Option<f32>,
    ground_clearance_m: Option<f32>,
    bonnet_m: Option<f32>,
    boot_m: Option<f32>,
    windscreen_deg: Option<f32>,
    rear_window_deg: Option<f32>,
    shoulder_m: Option<f32>,
    tyre_diameter_m: Option<f32>,
    tyre_width_m: Option<f32>,
    rim_inch: Option<f32>,
    side_doors: Option<u8>,
}

impl Specification {
    /// Reads a sheet: `style: suv`, and below it any of the measures by their names. What is not there is typical of the style.
    ///
    /// # Errors
    /// One sentence: what is no YAML, no measure, or cannot be.
    pub fn from_yaml(text: &str) -> Result<Self, String> {
        let sheet: Sheet = serde_saphyr::from_str(text).map_err(|error| {
            let error = error.to_string();
            let line = error.lines().next().unwrap_or_default();
            line.strip_prefix("error: ").unwrap_or(line).to_owned()
        })?;
        let typical = Self::typical(sheet.style);
        let or = |given: Option<f32>, other: f32| given.unwrap_or(other);
        let read = Self {
            style: sheet.style,
            length_m: or(sheet.length_m, typical.length_m),
            width_m: or(sheet.width_m, typical.width_m),
            height_m: or(sheet.height_m, typical.height_m),
            wheelbase_m: or(sheet.wheelbase_m, typical.wheelbase_m),
            front_overhang_m: or(sheet.front_overhang_m, typical.front_overhang_m),
            ground_clearance_m: or(sheet.ground_clearance_m, typical.ground_clearance_m),
            bonnet_m: or(sheet.bonnet_m, typical.bonnet_m),
            boot_m: or(sheet.boot_m, typical.boot_m),
            windscreen_deg: or(sheet.windscreen_deg, typical.windscreen_deg),
            rear_window_deg: or(sheet.rear_window_deg, typical.rear_window_deg),
            shoulder_m: or(sheet.shoulder_m, typical.shoulder_m),
            tyre_diameter_m: or(sheet.tyre_diameter_m, typical.tyre_diameter_m),
            tyre_width_m: or(sheet.tyre_width_m, typical.tyre_width_m),
            rim_inch: or(sheet.rim_inch, typical.rim_inch),
            side_doors: sheet.side_doors.unwrap_or(typical.side_doors),
        };
        if ![2, 4].contains(&read.side_doors) {
            return Err(format!(
                "`side_doors` is {}, and cars have 2 or 4 doors at their sides",
                read.side_doors
            ));
        }
        read.check().map_err(|error| error.to_string())?;
        Ok(read)
    }
}
