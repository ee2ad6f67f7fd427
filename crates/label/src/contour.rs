//! Jaw points as people annotate them: on the visible contour of the face.
//!
//! An x-ray jaw point of a turned head lies behind the cheek; an annotator marks the cheek's contour instead. Each jaw point therefore
//! owns a *line* on the face: where the plane through the nose's centre, the jaw point and the head's forward axis cuts the face's own
//! surface, from the jaw point inwards. The contour point is the outermost place of that line in the picture that faces the camera: where
//! the surface turns away. A jaw point that lies further out itself stays where it is, so that the near side keeps to the jaw line. (The idea is landmark marching along parallels: Zhu et al. 2015, "High-Fidelity Pose and
//! Expression Normalization", §3.1; lines fan out from the nose here, so that the chin has one too.)
//!
//! The place is an edge of the mesh with one side facing the camera and the other facing away: exactly what is drawn as the contour.
//! It is *amodal*: hair, hands and glasses do not move it, they only make it invisible.

use std::collections::BTreeMap;

use glam::{DVec2, DVec3};
use scene::annotation::{Person, SurfacePoint};
use scene::{Camera, Scene};

/// The jaw's points among the 68.
pub(crate) const JAW: std::ops::Range<usize> = 0..17;
const NOSE: std::ops::Range<usize> = 27..36;
/// The line ends at this share of the jaw point's distance from the nose's centre: nearer lies the nose, whose own contour is none of
/// the jaw's.
const INNERMOST: f64 = 0.3;
/// A head turned further than this from the camera (cosine) has no face contour worth marking; its points stay x-ray.
const LEAST_TURNED: f64 = 0.05;

/// A jaw point on the contour.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ContourPoint {
    pub(crate) point: SurfacePoint,
    /// It left the x-ray point for the rim of the face.
    pub(crate) moved: bool,
}

/// Contour points of the jaw, 17, or as many x-ray points as there are when the face has no region or looks away.
pub(crate) fn jaw(scene: &Scene, person: &Person) -> Vec<ContourPoint> {
    let x_ray = person.landmarks_68.get(JAW).unwrap_or_default();
    let stay = |point: &SurfacePoint| ContourPoint {
        point: *point,
        moved: false,
    };
    let towards = eye(&scene.camera, person.head.origin) - person.head.origin;
    let forward = person.head.world_from_head.z_axis;
    let Some(face) =
        Face::of(scene, person).filter(|_| forward.dot(towards.normalize_or_zero()) > LEAST_TURNED)
    else {
        return x_ray.iter().map(stay).collect();
    };
    x_ray
        .iter()
        .map(|point| {
            face.march(point)
                .map_or_else(|| stay(point), |point| ContourPoint { point, moved: true })
        })
        .collect()
}

/// Where the lens is when it sees a head: a moving one sees all of a face from about there.
fn eye(camera: &Camera, head: DVec3) -> DVec3 {
    camera
        .sighting(head)
        .map_or(camera.position, |seen| seen.pose.position)
}

/// The face's surface in head axes, seen by a camera.
struct Face {
    /// Head axes, relative to `centre`; and normals.
    corners: Vec<Corner>,
    /// Into `corners`.
    triangles: Vec<[u32; 3]>,
    /// Head axes: x and y of the nose's centre, z of the jaw's ends.
    centre: DVec3,
    /// Camera in head axes relative to `centre`.
    eye: DVec3,
    world_from_head: glam::DMat3,
    origin: DVec3,
    /// What the head's axes look like in the picture, seen from the camera's place: x right, y down, any one scale.
    picture_from_head: [DVec2; 3],
    camera: Camera,
}

#[derive(Clone, Copy)]
struct Corner {
    position: DVec3,
    normal: DVec3,
    /// Bits of the world position: corners of neighbours agree on it even where a texture seam splits the vertex.
    key: [u32; 3],
}

/// Where an edge crosses a jaw point's plane.
#[derive(Clone, Copy)]
struct Crossing {
    position: DVec3,
    normal: DVec3,
    faces_camera: bool,
    faces_away: bool,
}

impl Face {
    fn of(scene: &Scene, person: &Person) -> Option<Self> {
        let head = &person.head;
        let head_from_world = head.world_from_head.transpose();
        let to_head = |world: DVec3| head_from_world * (world - head.origin);
        let points = &person.landmarks_68;
        if points.len() < NOSE.end {
            return None;
        }
        let nose: DVec3 = points[NOSE]
            .iter()
            .map(|p| to_head(p.position))
            .sum::<DVec3>()
            / NOSE.len() as f64;
        let ends =
            0.5 * (to_head(points[JAW.start].position).z + to_head(points[JAW.end - 1].position).z);
        let centre = DVec3::new(nose.x, nose.y, ends);
        let mesh = &scene.objects.get(person.face_region.object as usize)?.mesh;
        let mut corners = Vec::new();
        let mut number = vec![u32::MAX; mesh.positions.len().min(mesh.normals.len())];
        let mut corner = |vertex: u32| -> Option<u32> {
            let number = number.get_mut(vertex as usize)?;
            if *number == u32::MAX {
                *number = corners.len() as u32;
                let position = mesh.positions[vertex as usize];
                corners.push(Corner {
                    position: to_head(position.as_dvec3()) - centre,
                    normal: head_from_world * mesh.normals[vertex as usize].as_dvec3(),
                    // + 0.0 makes both zeros one.
                    key: (position + 0.0).to_array().map(f32::to_bits),
                });
            }
            Some(*number)
        };
        let triangles: Vec<[u32; 3]> = person
            .face_region
            .triangles
            .iter()
            .filter_map(|t| mesh.triangles.get(*t as usize))
            .filter_map(|t| Some([corner(t[0])?, corner(t[1])?, corner(t[2])?]))
            .collect();
        let (at_origin, _) = scene.camera.project(head.origin)?;
        let shown = |axis: DVec3| {
            scene
                .camera
                .project(head.origin + axis * 1e-3)
                .map(|(at, _)| at - at_origin)
        };
        let [x, y, z] = [
            head.world_from_head.x_axis,
            head.world_from_head.y_axis,
            head.world_from_head.z_axis,
        ]
        .map(shown);
        let picture_from_head = [x?, y?, z?];
        (!triangles.is_empty()).then(|| Self {
            corners,
            triangles,
            centre,
            eye: to_head(eye(&scene.camera, head.origin)) - centre,
            world_from_head: head.world_from_head,
            origin: head.origin,
            picture_from_head,
            camera: scene.camera.clone(),
        })
    }

    /// The contour point of one jaw point; `None` where the x-ray point is it.
    fn march(&self, x_ray: &SurfacePoint) -> Option<SurfacePoint> {
        let start = self.world_from_head.transpose() * (x_ray.position - self.origin) - self.centre;
        let radial = start.truncate().try_normalize()?;
        let [x, y, forward] = self.picture_from_head;
        let across = x * radial.x + y * radial.y;
        // On the far side the face's forward axis points out of the picture of the face, too; in a profile it alone does.
        let outwards = if across.dot(forward) > 0.0 {
            across + forward
        } else {
            across
        }
        .try_normalize()?;
        let reach = start.truncate().length();
        let line: Vec<Crossing> = self.crossings(radial, reach, start.z.atan2(reach));
        let how_far_out = |position: DVec3| {
            let world = self.origin + self.world_from_head * (position + self.centre);
            self.camera.project(world).map(|(px, _)| px.dot(outwards))
        };
        let here = how_far_out(start)?;
        // Where the whole line faces away, as on the far side of a profile, its outermost place is next to the contour.
        let any_faces = line.iter().any(|c| c.faces_camera);
        let (out, best) = line
            .iter()
            .filter(|c| c.faces_camera || !any_faces)
            .filter_map(|c| Some((how_far_out(c.position)?, *c)))
            .reduce(|best, one| if one.0 > best.0 { one } else { best })?;
        let is_rim = best.faces_away;
        let eye = self.origin + self.world_from_head * (self.eye + self.centre);
        let x_ray_faces = x_ray.normal.dot(eye - x_ray.position) > 0.0;
        // A place further out that is no rim is the end of the region, or lies next to a point that faces the camera anyway.
        if out <= here || (x_ray_faces && !is_rim) {
            return None;
        }
        Some(SurfacePoint {
            position: self.origin + self.world_from_head * (best.position + self.centre),
            normal: (self.world_from_head * best.normal).normalize_or(x_ray.normal),
        })
    }

    /// Where the region's edges cross the half-plane of a jaw point, between the innermost place and the jaw point itself, in a fixed
    /// order. `elevation` is the jaw point's angle above the head's frontal plane, seen from the centre: places in front have more.
    fn crossings(&self, radial: DVec2, reach: f64, elevation: f64) -> Vec<Crossing> {
        let across = DVec2::new(-radial.y, radial.x);
        let mut edges: BTreeMap<[[u32; 3]; 2], Crossing> = BTreeMap::new();
        let sides: Vec<f64> = self
            .corners
            .iter()
            .map(|corner| corner.position.truncate().dot(across))
            .collect();
        for triangle in &self.triangles {
            let side = triangle.map(|c| sides[c as usize]);
            if side.iter().all(|s| *s >= 0.0) || side.iter().all(|s| *s < 0.0) {
                continue;
            }
            let triangle = triangle.map(|c| self.corners[c as usize]);
            let [a, b, c] = triangle.map(|c| c.position);
            let faces = (b - a).cross(c - a).dot(self.eye - a) > 0.0;
            for (i, j) in [(0, 1), (1, 2), (2, 0)] {
                // Each edge is cut in one direction, whichever triangle it is seen from.
                let (i, j) = if triangle[i].key <= triangle[j].key {
                    (i, j)
                } else {
                    (j, i)
                };
                if (side[i] >= 0.0) == (side[j] >= 0.0) {
                    continue;
                }
                let t = side[i] / (side[i] - side[j]);
                let position = triangle[i].position.lerp(triangle[j].position, t);
                let out = position.truncate().dot(radial);
                if out < INNERMOST * reach || position.z.atan2(out) < elevation {
                    continue;
                }
                let crossing =
                    edges
                        .entry([triangle[i].key, triangle[j].key])
                        .or_insert(Crossing {
                            position,
                            normal: triangle[i].normal.lerp(triangle[j].normal, t),
                            faces_camera: false,
                            faces_away: false,
                        });
                if faces {
                    crossing.faces_camera = true;
                } else {
                    crossing.faces_away = true;
                }
            }
        }
        edges.into_values().collect()
    }
}
