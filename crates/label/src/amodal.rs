//! Where people would be seen if nothing hid them.

use dataset::Artefact;
use render::{Layers, RenderError, Threads, Tracer};
use scene::{Scene, write};

use crate::annotations::{SampleLabels, unit};
use crate::layout;

/// More people than this have no bit in the masks.
const MOST_PEOPLE: usize = 16;

/// Masks of the people of a scene, one bit each.
#[derive(Debug, Clone, PartialEq)]
pub struct Amodal {
    /// Bit `k − 1` of each pixel: instance `k` would be seen there.
    pub bits: Vec<u16>,
}

/// Draws each person of a scene alone.
///
/// # Errors
/// [`RenderError`] when the scene cannot be drawn.
pub fn amodal(scene: &Scene) -> Result<Amodal, RenderError> {
    let count = scene.camera.width_px as usize * scene.camera.height_px as usize;
    let mut bits = vec![0; count];
    for person in scene.annotations.people.iter().take(MOST_PEOPLE) {
        let alone = Scene {
            objects: of(&scene.objects, person.instance, |object| object.instance),
            fibres: of(&scene.fibres, person.instance, |fibres| fibres.instance),
            materials: scene.materials.clone(),
            ..Scene::new(scene.camera.clone())
        };
        let layers = Tracer::prepare(&alone, Threads::Single)?.layers_on(Threads::Single);
        for (bits, instance) in bits.iter_mut().zip(&layers.instance) {
            *bits |= u16::from(*instance == person.instance) << (person.instance - 1);
        }
    }
    Ok(Amodal { bits })
}

fn of<T: Clone>(all: &[T], instance: u16, whose: impl Fn(&T) -> u16) -> Vec<T> {
    all.iter()
        .filter(|one| whose(one) == instance)
        .cloned()
        .collect()
}

impl Amodal {
    /// Writes into the labels what share of each person is seen.
    pub fn share(&self, labels: &mut SampleLabels, layers: &Layers) {
        for person in labels.people.iter_mut().take(MOST_PEOPLE) {
            let bit = 1 << (person.instance - 1);
            let (mut whole, mut seen) = (0_u64, 0_u64);
            for (bits, instance) in self.bits.iter().zip(&layers.instance) {
                whole += u64::from(bits & bit != 0);
                seen += u64::from(*instance == person.instance);
            }
            person.visible_share = Some(unit(seen as f64 / whole.max(1) as f64));
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
