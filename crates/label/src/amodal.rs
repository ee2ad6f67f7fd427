//! Where people would be seen if nothing hid them.

use dataset::Artefact;
use render::{Layers, Tracer};
use scene::{Scene, write};

use crate::annotations::{SampleLabels, unit};
use crate::layout;

/// More people than this have no bit in the masks.
const MOST_PEOPLE: usize = 16;

/// Masks of the people or vehicles of a scene, one bit each.
#[derive(Debug, Clone, PartialEq)]
pub struct Amodal {
    /// Bit `k − 1` of each pixel: instance `k` would be seen there.
    pub bits: Vec<u16>,
}

/// Looks for each person and vehicle of a scene where something else is seen.
pub fn amodal(scene: &Scene, tracer: &Tracer<'_>, layers: &Layers) -> Amodal {
    let mut bits = vec![0; layers.instance.len()];
    let people = scene.annotations.people.iter().map(|one| one.instance);
    let vehicles = scene.annotations.vehicles.iter().map(|one| one.instance);
    for instance in people.chain(vehicles).take(MOST_PEOPLE) {
        for ((bits, &seen), pixel) in bits.iter_mut().zip(&layers.instance).zip(0..) {
            let (x, y) = (pixel % scene.camera.width_px, pixel / scene.camera.width_px);
            let there = seen == instance || tracer.alone(x, y, instance);
            *bits |= u16::from(there) << (instance - 1);
        }
    }
    Amodal { bits }
}

impl Amodal {
    /// Writes into the labels what share of each person is seen.
    pub fn share(&self, labels: &mut SampleLabels, layers: &Layers) {
        let share = |of: u16| {
            let bit = 1 << (of - 1);
            let (mut whole, mut seen) = (0_u64, 0_u64);
            for (bits, instance) in self.bits.iter().zip(&layers.instance) {
                whole += u64::from(bits & bit != 0);
                seen += u64::from(*instance == of);
            }
            Some(unit(seen as f64 / whole.max(1) as f64))
        };
        for person in labels.people.iter_mut().take(MOST_PEOPLE) {
            person.visible_share = share(person.instance);
        }
        for vehicle in labels.vehicles.iter_mut().take(MOST_PEOPLE) {
            vehicle.visible_share = share(vehicle.instance);
        }
    }

    /// The file of the masks.
    pub fn file(&self, width: u32, height: u32) -> Artefact {
        Artefact {
            folder: layout::AMODAL,
            extension: "png",
            bytes: write::png_grey16(width, height, &self.bits),
        }
    }
}
