//! Which part of the body is compared with a scan, and what each place of it counts.

use glam::Vec3;

use crate::anatomy::Anatomy;
use crate::hair;
use crate::kind::{self, Kind};
use crate::pairs::Goal;
use crate::surface::Surface;

/// Which part of the body is compared with the scan.
#[derive(Debug)]
pub(crate) struct Region3d {
    /// Whether hair usually grows there, for each skin vertex.
    pub(crate) scalp: Vec<bool>,
    /// What each skin vertex counts.
    pub(crate) counts: Vec<f32>,
    pub(crate) vertices: Vec<u32>,
    pub(crate) triangles: Vec<[u32; 3]>,
}

impl Region3d {
    pub(crate) fn new(anatomy: &Anatomy<'_>, kind: Kind) -> Self {
        let inside = kind.region(anatomy.model);
        let mut region = Self::of(anatomy, &inside);
        if matches!(kind, Kind::Head | Kind::Face) {
            // A bust's shoulders say little of the head, and arms that hang on them are out of sight.
            let neck = kind::head_and_neck(anatomy.model);
            region.counts = neck.iter().map(|&n| if n { 1.0 } else { 0.1 }).collect();
        }
        region
    }

    pub(crate) fn of(anatomy: &Anatomy<'_>, inside: &[bool]) -> Self {
        let triangles = anatomy
            .model
            .skin_triangles
            .iter()
            .copied()
            .filter(|t| t.iter().all(|&v| inside[v as usize]))
            .collect();
        let vertices = (0..inside.len() as u32)
            .filter(|&v| inside[v as usize])
            .collect();
        Self {
            scalp: kind::scalp(anatomy.model),
            counts: vec![1.0; inside.len()],
            vertices,
            triangles,
        }
    }

    /// What a pair counts for its place. Hair stands out from the scalp, and its edge rises from it gently: a scalp that follows what lies a
    /// little outside would climb up the hair step by step. Only what lies inside of it says something.
    pub(crate) fn trust(&self, corners: [u32; 3], outside: f32, noise: f32) -> f32 {
        let hairy = corners.iter().any(|&v| self.scalp[v as usize]);
        if hairy && outside > -2.0 * noise {
            0.01
        } else {
            corners
                .iter()
                .map(|&v| self.counts[v as usize])
                .sum::<f32>()
                / 3.0
        }
    }

    /// Forgets the scalp where there is no hair: where less than a sixth of the scalp that the scan shows has the scan 6 mm or more outside.
    pub(crate) fn bald_or_not(mut self, goal: &Goal<'_>, posed: &[Vec3]) -> Self {
        let normals = body::subdivision::vertex_normals(posed, &self.triangles);
        let (mut seen, mut hair) = (0_u32, 0_u32);
        for &v in self.vertices.iter().filter(|&&v| self.scalp[v as usize]) {
            let (p, n) = (posed[v as usize], normals[v as usize]);
            if let Some((q, _)) = goal.beside(p, n, 0.08, 0.3) {
                seen += 1;
                hair += u32::from(n.dot(q - p) > 0.006);
            }
        }
        if hair * 6 < seen {
            self.scalp.fill(false);
        }
        self
    }

    /// A scan without the hair on that body; `None` where there is no hair.
    pub(crate) fn shorn(&self, surface: &Surface, posed: &[Vec3], noise: f32) -> Option<Surface> {
        let hairy = self.vertices.iter().any(|&v| self.scalp[v as usize]);
        hairy.then(|| hair::shorn(surface, self, posed, noise))?
    }

    /// The same with little said by all but the front of the face, which no hair hides.
    pub(crate) fn facing(mut self, anatomy: &Anatomy<'_>) -> Self {
        let front = kind::front_of_face(anatomy.model);
        self.counts = front.iter().map(|&f| if f { 1.0 } else { 0.03 }).collect();
        self
    }
}
