//! What a car consists of, by name.

use scene::mesh::Part;

/// A part of a car. Left and right are the driver's looking ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CarPart {
    /// Over the engine.
    Bonnet,
    /// With the grille's frame.
    FrontBumper,
    /// Below the tail.
    RearBumper,
    /// Behind the front bumper, over the wheel.
    LeftWing,
    /// Behind the front bumper, over the wheel.
    RightWing,
    /// First door.
    LeftFrontDoor,
    /// First door.
    RightFrontDoor,
    /// Second door.
    LeftRearDoor,
    /// Second door.
    RightRearDoor,
    /// Over the rear wheel, with the pillar behind the doors; of a pickup the side of the bed.
    LeftQuarter,
    /// As [`Self::LeftQuarter`].
    RightQuarter,
    /// Below the doors.
    LeftSill,
    /// Below the doors.
    RightSill,
    /// With the pillars beside the windscreen.
    Roof,
    /// Lid of the boot, or the whole rear door with its frame; of a pickup the tailgate.
    Tailgate,
    /// Front glass.
    Windscreen,
    /// Rear glass.
    RearWindow,
    /// Glass of the doors and behind them.
    LeftWindow,
    /// Glass of the doors and behind them.
    RightWindow,
    /// Clear cover of a headlamp.
    LeftHeadlamp,
    /// Clear cover of a headlamp.
    RightHeadlamp,
    /// Red cover of a tail lamp.
    LeftTailLamp,
    /// Red cover of a tail lamp.
    RightTailLamp,
    /// What is behind the covers of lamps.
    LampInside,
    /// Bars and mesh between the headlamps, and the openings below.
    Grille,
    /// Outside mirrors.
    LeftMirror,
    /// Outside mirrors.
    RightMirror,
    /// Glass of the mirrors.
    MirrorGlass,
    /// Of the doors.
    Handle,
    /// Rubber.
    Tyre,
    /// Metal of a wheel.
    Rim,
    /// Disc behind the rim.
    Brake,
    /// Plate at the front.
    FrontPlate,
    /// Plate at the rear.
    RearPlate,
    /// Floor, wheel housings, what is seen through gaps.
    Underbody,
    /// Seats, dashboard, trim.
    Interior,
}

impl CarPart {
    /// Every part, in the order of labels.
    pub const ALL: [Self; 36] = [
        Self::Bonnet,
        Self::FrontBumper,
        Self::RearBumper,
        Self::LeftWing,
        Self::RightWing,
        Self::LeftFrontDoor,
        Self::RightFrontDoor,
        Self::LeftRearDoor,
        Self::RightRearDoor,
        Self::LeftQuarter,
        Self::RightQuarter,
        Self::LeftSill,
        Self::RightSill,
        Self::Roof,
        Self::Tailgate,
        Self::Windscreen,
        Self::RearWindow,
        Self::LeftWindow,
        Self::RightWindow,
        Self::LeftHeadlamp,
        Self::RightHeadlamp,
        Self::LeftTailLamp,
        Self::RightTailLamp,
        Self::LampInside,
        Self::Grille,
        Self::LeftMirror,
        Self::RightMirror,
        Self::MirrorGlass,
        Self::Handle,
        Self::Tyre,
        Self::Rim,
        Self::Brake,
        Self::FrontPlate,
        Self::RearPlate,
        Self::Underbody,
        Self::Interior,
    ];

    /// What labels call it.
    pub fn label(self) -> Part {
        Part::from_number(Part::Bonnet as u8 + self as u8).unwrap_or_default()
    }

    /// In small letters: `left_front_door`.
    pub fn name(self) -> String {
        self.label().name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_know_each_part_by_its_own_name() {
        let mut part = CarPart::Bonnet as u8;
        let last = CarPart::Interior;
        assert_eq!(format!("{:?}", last.label()), format!("{last:?}"));
        for other in [CarPart::Roof, CarPart::LampInside, CarPart::Tyre, last] {
            assert!(other as u8 > part);
            part = other as u8;
            assert_eq!(format!("{:?}", other.label()), format!("{other:?}"));
        }
        assert_eq!(CarPart::LeftFrontDoor.name(), "left_front_door");
    }
}
