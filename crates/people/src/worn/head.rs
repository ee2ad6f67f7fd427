//! The head that things are made for, in its own axes: x to the person's left, y up, z forward, metres, the origin between the eyes.

use glam::Vec3;
use scene::Mesh;

use super::obstacle::Obstacle;
use crate::beard::strands::HeadAxes;
use crate::person::Person;
use crate::stage::{PlacedSkin, between_eyes};
use body::BodyModel;
use body::tables::{FACES, LANDMARKS, ride};
use scene::mesh::Part;

/// How far from the eyes anything of the head, neck and shoulders lies, metres.
const NEAR_M: f32 = 0.42;

/// Base-mesh vertices that say where a head is, the same for everybody.
#[derive(Debug)]
pub(crate) struct HeadTable {
    /// Of both ears, right then left.
    ears: [Vec<u32>; 2],
    /// Where the ears' upper edges join the head, right then left.
    roots: [u32; 2],
    /// Of the skin of face and scalp.
    head: Vec<u32>,
}

impl HeadTable {
    pub(crate) fn new(model: &BodyModel, roots: [u32; 2]) -> Self {
        let of = |wanted: &dyn Fn(Part) -> bool| -> Vec<u32> {
            let corners = model
                .quads
                .iter()
                .zip(FACES.iter())
                .filter(|(_, (part, _))| wanted(*part))
                .flat_map(|(quad, _)| quad[..4].iter().copied());
            let distinct: std::collections::BTreeSet<u32> = corners.collect();
            distinct.into_iter().collect()
        };
        Self {
            ears: [Part::RightEar, Part::LeftEar].map(|ear| of(&|part| part == ear)),
            roots,
            head: of(&|part| matches!(part, Part::FaceSkin | Part::Scalp | Part::Nose)),
        }
    }
}

/// An ear in the head's axes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ear {
    /// Where its upper edge joins the head.
    pub(crate) root: Vec3,
    /// Middle of its extent.
    pub(crate) middle: Vec3,
    /// Half of its extent.
    pub(crate) half: Vec3,
    /// The lowest point of the lobe.
    pub(crate) lobe: Vec3,
}

/// One person's head.
pub(crate) struct Head {
    axes: HeadAxes,
    origin: Vec3,
    /// iBUG-68 points.
    pub(crate) points: Vec<Vec3>,
    /// Right, then left.
    pub(crate) ears: [Ear; 2],
    /// Highest point of the skin.
    pub(crate) crown_y: f32,
    /// Height of the brows.
    pub(crate) brow_y: f32,
    /// Middle of the skull above the ears.
    pub(crate) skull: Vec3,
    /// Half extents of the skull around `skull` without ears: sideways, up, forward and back.
    pub(crate) half: Vec3,
    /// Size against an adult's head.
    pub(crate) scale: f32,
    /// Where the neck begins, at the shoulders.
    pub(crate) neck: Vec3,
    /// Skin near the head.
    pub(crate) skin: Vec<[Vec3; 3]>,
}

/// From chin to crown of the pack's average adult, metres.
const ADULT_HEAD_M: f32 = 0.235;

impl Head {
    pub(crate) fn new(
        model: &BodyModel,
        table: &HeadTable,
        person: &Person,
        skin: &PlacedSkin,
    ) -> Self {
        let axes = HeadAxes {
            left: person.world_from_head.x_axis.as_vec3(),
            up: person.world_from_head.y_axis.as_vec3(),
            forward: person.world_from_head.z_axis.as_vec3(),
        };
        let mut head = Self {
            axes,
            origin: between_eyes(person).as_vec3(),
            points: Vec::new(),
            ears: [Ear {
                root: Vec3::ZERO,
                middle: Vec3::ZERO,
                half: Vec3::ZERO,
                lobe: Vec3::ZERO,
            }; 2],
            crown_y: 0.0,
            brow_y: 0.0,
            skull: Vec3::ZERO,
            half: Vec3::ZERO,
            scale: 1.0,
            neck: Vec3::ZERO,
            skin: Vec::new(),
        };
        let at = |v: u32| head.to_head(skin.points[v as usize]);
        let points: Vec<Vec3> = LANDMARKS
            .points
            .iter()
            .map(|point| head.to_head(ride(&skin.points, point)))
            .collect();
        let ears = [0, 1].map(|side: usize| {
            let (mut low, mut high, mut lobe) =
                (Vec3::INFINITY, Vec3::NEG_INFINITY, Vec3::INFINITY);
            for p in table.ears[side].iter().map(|v| at(*v)) {
                low = low.min(p);
                high = high.max(p);
                if p.y < lobe.y {
                    lobe = p;
                }
            }
            Ear {
                root: at(table.roots[side]),
                middle: (low + high) * 0.5,
                half: (high - low) * 0.5,
                lobe,
            }
        });
        let mut crown_y = f32::NEG_INFINITY;
        let (mut front, mut back) = (f32::NEG_INFINITY, f32::INFINITY);
        let mut side = 0.0f32;
        let root_y = 0.5 * (ears[0].root.y + ears[1].root.y);
        let all: Vec<Vec3> = table.head.iter().map(|v| at(*v)).collect();
        for p in &all {
            crown_y = crown_y.max(p.y);
        }
        for p in all.iter().filter(|p| p.y > root_y + 0.01) {
            front = front.max(p.z);
            back = back.min(p.z);
            side = side.max(p.x.abs());
        }
        let chin_y = points.get(8).map_or(-0.11, |p| p.y);
        let brow_y =
            0.5 * (points.get(19).map_or(0.02, |p| p.y) + points.get(24).map_or(0.02, |p| p.y));
        let skull = Vec3::new(
            0.5 * (ears[0].root.x + ears[1].root.x),
            root_y + 0.2 * (crown_y - root_y),
            0.5 * (front + back),
        );
        let neck = person.stance(model).joint("neck01").as_vec3();
        head.neck = head.to_head(neck);
        head.half = Vec3::new(side, crown_y - skull.y, 0.5 * (front - back));
        head.scale = (crown_y - chin_y) / ADULT_HEAD_M;
        head.points = points;
        head.ears = ears;
        head.crown_y = crown_y;
        head.brow_y = brow_y;
        head.skull = skull;
        head.skin = head.triangles(&skin.mesh());
        head
    }

    /// A head of known shape, upright, its eyes at the world's origin.
    #[cfg(test)]
    pub(crate) fn of_shape(
        points: Vec<Vec3>,
        ears: [Ear; 2],
        skull: Vec3,
        half: Vec3,
        skin: Vec<[Vec3; 3]>,
    ) -> Self {
        Self {
            axes: HeadAxes {
                left: Vec3::X,
                up: Vec3::Y,
                forward: Vec3::Z,
            },
            origin: Vec3::ZERO,
            crown_y: skull.y + half.y,
            brow_y: points[19].y,
            points,
            ears,
            skull,
            half,
            scale: 1.0,
            neck: skull - Vec3::Y * 0.2,
            skin,
        }
    }

    pub(crate) fn to_head(&self, world: Vec3) -> Vec3 {
        let d = world - self.origin;
        Vec3::new(
            d.dot(self.axes.left),
            d.dot(self.axes.up),
            d.dot(self.axes.forward),
        )
    }

    /// The place in the world of one in the head's axes.
    pub(crate) fn to_world(&self, place: Vec3) -> Vec3 {
        self.origin + self.turned(place)
    }

    /// A direction of the world in the head's axes.
    pub(crate) fn turned_to_head(&self, direction: Vec3) -> Vec3 {
        self.to_head(self.origin + direction)
    }

    fn turned(&self, v: Vec3) -> Vec3 {
        self.axes.left * v.x + self.axes.up * v.y + self.axes.forward * v.z
    }

    /// From the head's axes into the world.
    pub(crate) fn place(&self, mut mesh: Mesh) -> Mesh {
        for p in &mut mesh.positions {
            *p = self.origin + self.turned(*p);
        }
        for n in &mut mesh.normals {
            *n = self.turned(*n);
        }
        mesh
    }

    /// The direction of gravity's opposite.
    pub(crate) fn upright(&self) -> Vec3 {
        Vec3::new(self.axes.left.y, self.axes.up.y, self.axes.forward.y)
    }

    pub(crate) fn point(&self, landmark: usize) -> Vec3 {
        self.points.get(landmark).copied().unwrap_or_default()
    }

    /// Triangles of a mesh in the world that lie near the head, in its axes.
    pub(crate) fn triangles(&self, mesh: &Mesh) -> Vec<[Vec3; 3]> {
        let near: Vec<Vec3> = mesh.positions.iter().map(|p| self.to_head(*p)).collect();
        mesh.triangles
            .iter()
            .map(|t| t.map(|v| near[v as usize]))
            .filter(|t| t[0].length_squared() < NEAR_M * NEAR_M)
            .collect()
    }

    /// Triangles of a mesh that is in the head's axes already.
    pub(crate) fn own(mesh: &Mesh) -> Vec<[Vec3; 3]> {
        mesh.triangles
            .iter()
            .map(|t| t.map(|v| mesh.positions[v as usize]))
            .collect()
    }
}

/// Radii around a centre, with what is not met filled in from the ray before.
pub(crate) struct Radii<'a> {
    pub(crate) obstacle: &'a Obstacle,
    pub(crate) centre: Vec3,
    pub(crate) reach_m: f32,
}

impl Radii<'_> {
    pub(crate) fn along(&self, direction: Vec3) -> Option<f32> {
        self.obstacle
            .outermost(self.centre, direction, self.reach_m)
    }
}
