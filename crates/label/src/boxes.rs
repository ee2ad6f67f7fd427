//! Boxes around what is seen and around what is there.

use render::Layers;
use scene::annotation::Person;
use scene::mesh::Part;
use scene::{Camera, Scene};

use crate::annotations::{BoxPx, Boxes, px};
use crate::class;

/// All boxes of one person.
pub(crate) fn of(scene: &Scene, layers: &Layers, person: &Person) -> Boxes {
    let width = scene.camera.width_px as usize;
    let seen = |part_counts: fn(Part) -> bool| {
        let pixels = layers.instance.iter().zip(&layers.part);
        tight(
            width,
            pixels.map(|(instance, part)| *instance == person.instance && part_counts(*part)),
        )
    };
    Boxes {
        face: seen(class::in_face_box),
        head: seen(class::in_head_box),
        person: seen(|_| true),
        face_amodal: face_geometry(scene, person),
        head_amodal: geometry(scene, person, class::in_head_box),
        person_amodal: geometry(scene, person, |_| true),
    }
}

/// The tight box around the pixels that are set, row by row in a picture of `width`; `None` when none is.
pub fn tight(width: usize, set: impl Iterator<Item = bool>) -> Option<BoxPx> {
    let (mut low, mut high) = ([usize::MAX; 2], [0; 2]);
    for (i, _) in set.enumerate().filter(|(_, is_set)| *is_set) {
        for (axis, at) in [i % width, i / width].into_iter().enumerate() {
            low[axis] = low[axis].min(at);
            high[axis] = high[axis].max(at + 1);
        }
    }
    (high[0] > 0).then(|| BoxPx::between(low.map(|v| v as f64), high.map(|v| v as f64)))
}

fn geometry(scene: &Scene, person: &Person, counts: fn(Part) -> bool) -> Option<BoxPx> {
    let mut bounds = Bounds::new(&scene.camera);
    for object in scene
        .objects
        .iter()
        .filter(|o| o.instance == person.instance)
    {
        for (triangle, _) in object
            .mesh
            .triangles
            .iter()
            .zip(&object.mesh.parts)
            .filter(|(_, part)| counts(**part))
        {
            bounds.include(&object.mesh, *triangle);
        }
    }
    bounds.finish()
}

fn face_geometry(scene: &Scene, person: &Person) -> Option<BoxPx> {
    let mesh = &scene.objects.get(person.face_region.object as usize)?.mesh;
    let mut bounds = Bounds::new(&scene.camera);
    for triangle in person
        .face_region
        .triangles
        .iter()
        .filter_map(|t| mesh.triangles.get(*t as usize))
    {
        bounds.include(mesh, *triangle);
    }
    bounds.finish()
}

/// Grows around projected triangles.
struct Bounds<'a> {
    camera: &'a Camera,
    low: [f64; 2],
    high: [f64; 2],
    /// Something lies at or behind the camera plane: the projection has no bounds.
    behind: bool,
}

impl<'a> Bounds<'a> {
    fn new(camera: &'a Camera) -> Self {
        Self {
            camera,
            low: [f64::INFINITY; 2],
            high: [f64::NEG_INFINITY; 2],
            behind: false,
        }
    }

    fn include(&mut self, mesh: &scene::Mesh, triangle: [u32; 3]) {
        for position in triangle
            .iter()
            .filter_map(|v| mesh.positions.get(*v as usize))
        {
            let Some((at, _)) = self.camera.project(position.as_dvec3()) else {
                self.behind = true;
                continue;
            };
            for (axis, value) in at.to_array().into_iter().enumerate() {
                self.low[axis] = self.low[axis].min(value);
                self.high[axis] = self.high[axis].max(value);
            }
        }
    }

    fn finish(self) -> Option<BoxPx> {
        (!self.behind && self.low[0].is_finite()).then(|| {
            let (low, high) = (self.low.map(px), self.high.map(px));
            BoxPx([low[0], low[1], px(high[0] - low[0]), px(high[1] - low[1])])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_covers_its_pixels_whole() {
        let set = [
            false, false, false, false, true, false, false, false, true, false, false, false,
        ];
        assert_eq!(tight(4, set.into_iter()), Some(BoxPx([0.0, 1.0, 1.0, 2.0])));
        assert_eq!(tight(4, [false; 8].into_iter()), None);
    }
}
