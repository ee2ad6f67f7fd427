//! What makes a style of body look as it does, beside the measures of the sheet: one table a style.

use crate::specification::BodyStyle;

/// How a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Back {
    /// A boot behind the rear window, with a lid.
    Boot,
    /// A rear door with the window in it, leaning.
    Hatch,
    /// A rear wall that stands upright.
    Wall,
    /// An open bed with a tailgate.
    Bed,
}

/// Where the last side door ends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum LastDoor {
    /// So far before the bed, metres.
    BeforeBed(f32),
    /// So far before the rear wheel's arch.
    BeforeArch(f32),
    /// So far before the rear axle, cut around the wheel.
    OverArch(f32),
}

/// A height, in metres above something of the body; below it where negative.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Level {
    Ground(f32),
    Shoulder(f32),
    /// The highest point.
    Roof(f32),
    /// The foot of the rear window's slope.
    RearFoot(f32),
    /// The head of the rear window's slope.
    RearHead(f32),
    /// The top of a bed's walls.
    BedWall(f32),
}

/// The rear window.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RearWindow {
    pub(crate) low: Level,
    pub(crate) high: Level,
    /// From the cabin's flanks.
    pub(crate) inset_m: f32,
}

/// A tail lamp.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TailLamp {
    /// Where its inner end is: at this share of the body's half width,
    pub(crate) inner_share: f32,
    /// and so much nearer to the middle.
    pub(crate) inner_less_m: f32,
    pub(crate) low: Level,
    pub(crate) high: Level,
    /// How far it runs forwards along the side.
    pub(crate) along_m: f32,
}

/// What a style looks like. Lengths in metres.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Proportions {
    pub(crate) back: Back,

    /// The nose's upper edge: behind the foremost point, below the shoulder, how widely rounded, and how much the bonnet bulges.
    pub(crate) nose_x_m: f32,
    pub(crate) nose_drop_m: f32,
    pub(crate) nose_round_m: f32,
    pub(crate) bonnet_crown_m: f32,
    /// How much higher than the shoulder the windscreen's foot is.
    pub(crate) cowl_rise_m: f32,
    /// How much lower than the roof the windscreen's head is, and how wide its round.
    pub(crate) header_drop_m: f32,
    pub(crate) header_round_m: f32,
    /// How much lower than the roof its rear end is, and how wide its round.
    pub(crate) roof_end_drop_m: f32,
    pub(crate) roof_end_round_m: f32,
    /// How much higher than the shoulder the rear window's foot is.
    pub(crate) rear_foot_rise_m: f32,

    /// How far the cabin's flanks lean in, per metre of height.
    pub(crate) lean: f32,
    /// The ledge between flanks and windows.
    pub(crate) ledge_m: f32,
    /// How much narrower the cabin is at its ends.
    pub(crate) taper_m: f32,
    /// Radius of the edge between roof and flanks.
    pub(crate) roof_edge_m: f32,
    /// How far front and rear are bent towards the sides.
    pub(crate) bow_m: f32,
    /// Length of the rounded corners of front and rear, seen from above.
    pub(crate) corners_m: [f32; 2],
    /// Between tyre and arch.
    pub(crate) arch_gap_m: f32,

    /// How much lower than the roof the side windows' head is, and how much it falls to the rear.
    pub(crate) window_head_drop_m: f32,
    pub(crate) window_head_fall_m: f32,
    /// Width of the pillars beside the windscreen and beside the rear window, along the car.
    pub(crate) front_pillar_m: f32,
    pub(crate) rear_pillar_m: f32,
    /// Where only the cab has side windows: where they end behind the front axle.
    pub(crate) cab_windows_m: Option<f32>,
    pub(crate) rear_window: Option<RearWindow>,
    /// From the front arch to the front door; negative where the door reaches over it.
    pub(crate) hinge_m: f32,
    pub(crate) last_door: LastDoor,
    /// Lower edge of the tailgate or boot lid, above the ground.
    pub(crate) tailgate_z_m: f32,
    /// Upper edge of the rear bumper, above the ground.
    pub(crate) bumper_z_m: f32,

    /// How much lower than the nose's edge headlamps are.
    pub(crate) headlamp_drop_m: f32,
    /// Height of the grille.
    pub(crate) grille_m: f32,
    pub(crate) tail_lamp: TailLamp,
    /// Middle of the rear plate.
    pub(crate) plate: Level,
    /// How much higher than the shoulder mirrors are, and half their size along, across and up.
    pub(crate) mirror_rise_m: f32,
    pub(crate) mirror_half_m: [f32; 3],
    /// How far behind the driver's usual place the rows of seats are.
    pub(crate) seat_rows_m: &'static [f32],
}

impl Proportions {
    pub(crate) const fn of(style: BodyStyle) -> Self {
        match style {
            BodyStyle::Sedan => SEDAN,
            BodyStyle::Hatchback => HATCHBACK,
            BodyStyle::Estate => ESTATE,
            BodyStyle::Suv => SUV,
            BodyStyle::Pickup => PICKUP,
            BodyStyle::Van => VAN,
            BodyStyle::Coupe => COUPE,
            BodyStyle::Minibus => MINIBUS,
        }
    }
}

const SEDAN: Proportions = Proportions {
    back: Back::Boot,
    nose_x_m: 0.13,
    nose_drop_m: 0.2,
    nose_round_m: 0.2,
    bonnet_crown_m: 0.05,
    cowl_rise_m: 0.045,
    header_drop_m: 0.085,
    header_round_m: 0.5,
    roof_end_drop_m: 0.10,
    roof_end_round_m: 0.35,
    rear_foot_rise_m: 0.11,
    lean: 0.46,
    ledge_m: 0.05,
    taper_m: 0.10,
    roof_edge_m: 0.16,
    bow_m: 0.13,
    corners_m: [0.17, 0.15],
    arch_gap_m: 0.04,
    window_head_drop_m: 0.145,
    window_head_fall_m: 0.02,
    front_pillar_m: 0.20,
    rear_pillar_m: 0.26,
    cab_windows_m: None,
    rear_window: Some(RearWindow {
        low: Level::RearFoot(0.03),
        high: Level::RearHead(-0.035),
        inset_m: 0.11,
    }),
    hinge_m: 0.1,
    last_door: LastDoor::OverArch(0.05),
    tailgate_z_m: 0.66,
    bumper_z_m: 0.68,
    headlamp_drop_m: 0.06,
    grille_m: 0.13,
    tail_lamp: TailLamp {
        inner_share: 0.52,
        inner_less_m: 0.0,
        low: Level::Shoulder(-0.19),
        high: Level::Shoulder(-0.035),
        along_m: 0.3,
    },
    plate: Level::Shoulder(-0.17),
    mirror_rise_m: 0.115,
    mirror_half_m: [0.085, 0.115, 0.078],
    seat_rows_m: &[0.0, 0.86],
};

const COUPE: Proportions = Proportions {
    rear_foot_rise_m: 0.09,
    roof_end_drop_m: 0.14,
    rear_pillar_m: 0.30,
    last_door: LastDoor::BeforeArch(0.02),
    seat_rows_m: &[0.0, 0.75],
    ..SEDAN
};

const HATCHBACK: Proportions = Proportions {
    back: Back::Hatch,
    rear_foot_rise_m: 0.05,
    roof_end_drop_m: 0.12,
    rear_pillar_m: 0.36,
    rear_window: Some(RearWindow {
        low: Level::RearFoot(0.02),
        high: Level::RearHead(-0.09),
        inset_m: 0.13,
    }),
    tailgate_z_m: 0.62,
    plate: Level::Ground(0.8),
    ..SEDAN
};

const ESTATE: Proportions = Proportions {
    roof_end_drop_m: 0.09,
    taper_m: 0.05,
    rear_pillar_m: 0.22,
    ..HATCHBACK
};

const SUV: Proportions = Proportions {
    nose_x_m: 0.1,
    nose_drop_m: 0.13,
    nose_round_m: 0.14,
    roof_end_round_m: 0.16,
    rear_foot_rise_m: 0.02,
    lean: 0.3,
    arch_gap_m: 0.055,
    rear_pillar_m: 0.26,
    headlamp_drop_m: 0.075,
    grille_m: 0.22,
    ..ESTATE
};

const PICKUP: Proportions = Proportions {
    back: Back::Bed,
    roof_end_drop_m: 0.06,
    taper_m: 0.02,
    corners_m: [0.10, 0.05],
    rear_pillar_m: 0.17,
    rear_window: Some(RearWindow {
        low: Level::RearFoot(0.1),
        high: Level::RearHead(-0.1),
        inset_m: 0.14,
    }),
    last_door: LastDoor::BeforeBed(0.12),
    tailgate_z_m: 0.66,
    bumper_z_m: 0.64,
    tail_lamp: TailLamp {
        // Outside of the bed's wall.
        inner_share: 1.0,
        inner_less_m: 0.115,
        low: Level::Ground(0.72),
        high: Level::BedWall(-0.03),
        along_m: 0.14,
    },
    plate: Level::Ground(0.55),
    mirror_rise_m: 0.16,
    mirror_half_m: [0.075, 0.10, 0.13],
    ..SUV
};

const VAN: Proportions = Proportions {
    back: Back::Wall,
    nose_x_m: 0.13,
    bonnet_crown_m: 0.03,
    cowl_rise_m: 0.0,
    header_drop_m: 0.10,
    header_round_m: 0.4,
    lean: 0.13,
    ledge_m: 0.02,
    roof_edge_m: 0.22,
    bow_m: 0.06,
    window_head_drop_m: 0.36,
    window_head_fall_m: 0.0,
    front_pillar_m: 0.14,
    rear_pillar_m: 0.2,
    cab_windows_m: Some(1.45),
    rear_window: None,
    hinge_m: -0.1,
    last_door: LastDoor::BeforeArch(0.12),
    tailgate_z_m: 0.6,
    bumper_z_m: 0.68,
    grille_m: 0.13,
    tail_lamp: TailLamp {
        inner_share: 1.0,
        inner_less_m: 0.2,
        low: Level::Ground(0.72),
        high: Level::Shoulder(0.02),
        along_m: 0.14,
    },
    plate: Level::Ground(0.8),
    seat_rows_m: &[-0.15],
    ..PICKUP
};

const MINIBUS: Proportions = Proportions {
    cab_windows_m: None,
    rear_window: Some(RearWindow {
        low: Level::Shoulder(0.02),
        high: Level::Roof(-0.32),
        inset_m: 0.16,
    }),
    seat_rows_m: &[-0.15, 0.85, 1.7, 2.5],
    ..VAN
};
