//! Boxes around what is seen and around what is there.

use glam::{DVec2, DVec3};
use render::Layers;
use scene::annotation::Person;
use scene::camera::Distortion;
use scene::fibre::Strands;
use scene::mesh::Part;
use scene::{Camera, Fibres, Scene};

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

/// The box around all surfaces of an instance.
pub(crate) fn instance(scene: &Scene, instance: u16) -> Option<BoxPx> {
    surfaces(scene, instance, |_| true)
}

fn geometry(scene: &Scene, person: &Person, counts: fn(Part) -> bool) -> Option<BoxPx> {
    surfaces(scene, person.instance, counts)
}

fn surfaces(scene: &Scene, instance: u16, counts: fn(Part) -> bool) -> Option<BoxPx> {
    let mut bounds = Bounds::new(&scene.camera);
    for object in scene.objects.iter().filter(|o| o.instance == instance) {
        let triangles = object.mesh.triangles.iter().zip(&object.mesh.parts);
        bounds.include_all(
            &object.mesh,
            triangles
                .filter(|(_, part)| counts(**part))
                .map(|(triangle, _)| *triangle),
        );
    }
    let own = |fibres: &&Fibres| fibres.instance == instance && counts(fibres.part);
    for fibres in scene.fibres.iter().filter(own) {
        bounds.include_strands(&fibres.strands);
    }
    bounds.finish()
}

fn face_geometry(scene: &Scene, person: &Person) -> Option<BoxPx> {
    let mesh = &scene.objects.get(person.face_region.object as usize)?.mesh;
    let mut bounds = Bounds::new(&scene.camera);
    let triangles = person.face_region.triangles.iter();
    bounds.include_all(
        mesh,
        triangles.filter_map(|t| mesh.triangles.get(*t as usize).copied()),
    );
    bounds.finish()
}

/// Grows around projected triangles.
struct Bounds<'a> {
    camera: &'a Camera,
    low: [f64; 2],
    high: [f64; 2],
    /// Something lies where the lens draws nothing, as behind the camera: the projection has no bounds.
    behind: bool,
    /// Straight lines are not straight in the picture.
    bends: bool,
}

impl<'a> Bounds<'a> {
    fn new(camera: &'a Camera) -> Self {
        Self {
            camera,
            low: [f64::INFINITY; 2],
            high: [f64::NEG_INFINITY; 2],
            behind: false,
            bends: camera.distortion != Distortion::None || camera.shutter.is_rolling(),
        }
    }

    fn include_all(&mut self, mesh: &scene::Mesh, triangles: impl Iterator<Item = [u32; 3]>) {
        if self.bends {
            triangles.for_each(|triangle| self.include(mesh, triangle));
            return;
        }
        // Straight edges reach no further than their ends, and triangles share those: each is projected once.
        let mut used = vec![false; mesh.positions.len()];
        for vertex in triangles.flatten() {
            if let Some(flag) = used.get_mut(vertex as usize) {
                *flag = true;
            }
        }
        for (position, _) in mesh.positions.iter().zip(used).filter(|(_, used)| *used) {
            self.include_point(position.as_dvec3());
        }
    }

    fn include(&mut self, mesh: &scene::Mesh, triangle: [u32; 3]) {
        let corners = triangle.map(|v| mesh.positions.get(v as usize).map(|p| p.as_dvec3()));
        let [a, b, c] = corners.map(|corner| {
            let corner = corner?;
            Some((corner, self.include_point(corner)?))
        });
        if self.bends {
            for (from, to) in [(a, b), (b, c), (c, a)] {
                if let (Some(from), Some(to)) = (from, to) {
                    self.include_arc(from, to);
                }
            }
        }
    }

    /// Strands with their thickness, at the ends and in the middle of each piece of their splines.
    fn include_strands(&mut self, strands: &Strands) {
        let focal_px = self.camera.focal_px.max_element();
        for ends in strands.first.windows(2) {
            let range = ends[0] as usize..ends[1] as usize;
            let (Some(points), Some(radii)) = (
                strands.points.get(range.clone()),
                strands.radii_m.get(range),
            ) else {
                continue;
            };
            let last = points.len().saturating_sub(1);
            let at = |k: usize| points[k.saturating_sub(1).min(last)];
            for k in 0..=points.len() {
                let [a, b, c, d] = [k.saturating_sub(1), k, k + 1, k + 2].map(at);
                let knot = (a + 4.0 * b + c) / 6.0;
                let middle = (a + 23.0 * (b + c) + d) / 48.0;
                let radius_m = f64::from(radii[k.min(last)]);
                // The last piece ends at the tip.
                let tip = (k == points.len()).then(|| at(k));
                for place in [knot, middle].into_iter().chain(tip) {
                    let Some((pixel, depth_m)) = self.camera.project(place.as_dvec3()) else {
                        self.behind = true;
                        return;
                    };
                    let reach = radius_m * focal_px / depth_m;
                    self.grow(pixel - reach);
                    self.grow(pixel + reach);
                }
            }
        }
    }

    fn include_point(&mut self, world: DVec3) -> Option<DVec2> {
        let Some((at, _)) = self.camera.project(world) else {
            self.behind = true;
            return None;
        };
        self.grow(at);
        Some(at)
    }

    fn grow(&mut self, at: DVec2) {
        for (axis, value) in at.to_array().into_iter().enumerate() {
            self.low[axis] = self.low[axis].min(value);
            self.high[axis] = self.high[axis].max(value);
        }
    }

    /// A straight edge is an arc in the picture, which may reach further than its ends: as far as the parabola through them and its middle.
    fn include_arc(&mut self, from: (DVec3, DVec2), to: (DVec3, DVec2)) {
        let Some(middle) = self.include_point((from.0 + to.0) * 0.5) else {
            return;
        };
        // p(t) = from + b·t + a·t², t in [0, 1].
        let a = 2.0 * (from.1 + to.1 - 2.0 * middle);
        let b = to.1 - from.1 - a;
        for axis in 0..2 {
            let t = -0.5 * b[axis] / a[axis];
            if t > 0.0 && t < 1.0 {
                let mut turn = middle;
                turn[axis] = from.1[axis] + 0.5 * b[axis] * t;
                self.grow(turn);
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
