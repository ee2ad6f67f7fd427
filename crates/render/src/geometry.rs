//! All triangles and fibres of a scene under one hierarchy, and what lies where a ray meets one.
use crate::{
    bvh::{Bvh, Crossing, MAX_TRIANGLES, Triangle},
    error::RenderError,
    fibres::Tufts,
    lens::Lens,
    opacity::{Opacity, opacity},
    settings::Threads,
    texture::alpha_at,
};
use glam::{DVec3, Vec2, Vec3, Vec3A};
use scene::{Material, MaterialId, Object, Scene, material::Interior, mesh::Part};

/// The triangle is not wholly opaque: its material has an alpha texture that is below 1 somewhere on it, or an opacity below 1.
pub(crate) const CUT_OUT: u32 = 1;
/// The triangle's part is looked through by labels.
pub(crate) const CLEAR_PART: u32 = 2;
/// The triangle's material is [`Interior::ThinClear`].
pub(crate) const CLEAR_MATERIAL: u32 = 4;
/// The triangle's material bends what is seen through it, [`Material::bends_view`].
pub(crate) const BENDS: u32 = 8;

/// Borrowed meshes with a hierarchy over them.
#[derive(Debug)]
pub(crate) struct Geometry<'s> {
    scene: &'s Scene,
    pub(crate) bvh: Bvh,
    /// Object and its triangle, by global number.
    sources: Vec<(u32, u32)>,
    tufts: Tufts<'s>,
}

/// What objects and fibres have in common.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Thing {
    pub(crate) material: MaterialId,
    pub(crate) instance: u16,
}

/// The local shape of a surface at a point.
///
/// On a fibre, `triangle` is the strand, `face` points straight out of the middle line, u runs around and v from root to tip. Seen from `o`, the place lies
/// `h = face · (o⊥ × t)` of the radius beside the middle, where `t` is the unit `dp_dv` and `o⊥` the unit part of `o` across it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot {
    /// Index into the scene's objects, then its fibres.
    pub(crate) object: u32,
    pub(crate) triangle: u32,
    pub(crate) part: Part,
    /// On the triangle's plane.
    pub(crate) position: Vec3A,
    /// Unit normal of the triangle, by its winding.
    pub(crate) face: Vec3A,
    /// Interpolated vertex normal, unit; on the side of `face`.
    pub(crate) smooth: Vec3A,
    pub(crate) uv: Vec2,
    /// Derivatives of position by texture coordinates, metres; zero where the mapping is degenerate.
    pub(crate) dp_du: Vec3A,
    pub(crate) dp_dv: Vec3A,
    /// How far outwards the smooth surface passes that the vertex normals describe, metres, at least 0.
    pub(crate) bulge: f32,
    /// Of a fibre, metres; 0 on triangles.
    pub(crate) radius_m: f32,
    /// Multiplies the material's colour.
    pub(crate) tint: Vec3A,
}

impl Spot {
    /// The other side of a fibre; the same place on triangles.
    pub(crate) fn far_side(&self) -> Vec3A {
        self.position - self.face * (2.0 * self.radius_m)
    }

    /// Where rays to the side of `face` (the triangle's normal or its opposite) should start: on the smooth surface where that lies outside
    /// of the facet, on the facet otherwise.
    pub(crate) fn start(&self, face: Vec3A) -> Vec3A {
        if self.face.dot(face) > 0.0 {
            self.position + face * self.bulge
        } else {
            self.position
        }
    }
}

impl<'s> Geometry<'s> {
    pub(crate) fn new(
        scene: &'s Scene,
        lens: &Lens,
        threads: Threads,
    ) -> Result<Self, RenderError> {
        let total = scene
            .objects
            .iter()
            .map(|object| object.mesh.triangles.len())
            .sum::<usize>();
        if total > MAX_TRIANGLES {
            return Err(RenderError::TooManyTriangles { found: total });
        }
        let mut triangles = Vec::with_capacity(total);
        let mut sources = Vec::with_capacity(total);
        for (index, object) in scene.objects.iter().enumerate() {
            check_mesh(index, object)?;
            let material = material_of(scene, &object.name, object.material)?;
            let positions = &object.mesh.positions;
            for (local, corners) in object.mesh.triangles.iter().enumerate() {
                let corners = corners.map(|corner| Vec3A::from(positions[corner as usize]));
                let id = sources.len() as u32;
                sources.push((index as u32, local as u32));
                // Nothing can hit a triangle without area or with nothing on it; it keeps its number.
                if (corners[1] - corners[0]).cross(corners[2] - corners[0]) == Vec3A::ZERO {
                    continue;
                }
                let mut flags = flags_of(material, object.mesh.parts[local]);
                if let Some(alpha) = &material.alpha {
                    let uvs =
                        object.mesh.triangles[local].map(|corner| object.mesh.uvs[corner as usize]);
                    match opacity(alpha, uvs) {
                        // Labels count what is clear where their threshold is 0.
                        Opacity::Clear if material.alpha_threshold > 0.0 => continue,
                        Opacity::Opaque if material.opacity >= 1.0 => flags &= !CUT_OUT,
                        Opacity::Clear | Opacity::Opaque | Opacity::Mixed => {}
                    }
                }
                triangles.push(Triangle { corners, id, flags });
            }
        }
        let (tufts, segments) = Tufts::new(scene, lens, sources.len() as u32, |fibres| {
            let material = material_of(scene, &fibres.name, fibres.material)?;
            Ok(flags_of(material, fibres.part))
        })?;
        if segments.len() > MAX_TRIANGLES {
            return Err(RenderError::TooManySegments {
                found: segments.len(),
            });
        }
        Ok(Self {
            scene,
            bvh: Bvh::new(&triangles, &segments, threads),
            sources,
            tufts,
        })
    }

    /// Object and its triangle, or the object id of fibres and the strand.
    pub(crate) fn source(&self, id: u32) -> (u32, u32) {
        match self.tufts.source(id) {
            Some((tuft, strand)) => (self.scene.objects.len() as u32 + tuft, strand),
            None => self.sources[id as usize],
        }
    }

    /// What an object id stands for.
    pub(crate) fn thing(&self, index: u32) -> Thing {
        let index = index as usize;
        let (material, instance) = if let Some(object) = self.scene.objects.get(index) {
            (object.material, object.instance)
        } else {
            let fibres = &self.scene.fibres[index - self.scene.objects.len()];
            (fibres.material, fibres.instance)
        };
        Thing { material, instance }
    }

    fn material(&self, index: u32) -> &'s Material {
        &self.scene.materials[self.thing(index).material.0 as usize]
    }

    fn object(&self, index: u32) -> &'s Object {
        &self.scene.objects[index as usize]
    }

    /// Fraction of light that a cut-out stops where a ray crosses it, `[0, 1]`: alpha × the material's opacity.
    pub(crate) fn coverage(&self, crossing: &Crossing) -> f32 {
        let (object, _) = self.source(crossing.id);
        let material = self.material(object);
        self.alpha(crossing).clamp(0.0, 1.0) * material.opacity
    }

    /// Alpha of a cut-out's texture where a ray crosses it; 1 where there is none.
    fn alpha(&self, crossing: &Crossing) -> f32 {
        let (object, triangle) = self.source(crossing.id);
        let Some(texture) = &self.material(object).alpha else {
            return 1.0;
        };
        let uv = match self.tufts.spot(crossing) {
            Some(spot) => spot.uv,
            None => uv_at(self.object(object), triangle, crossing.barycentric),
        };
        alpha_at(texture, uv)
    }

    /// Whether the label pass counts a crossing: not a clear part, and opaque enough.
    pub(crate) fn counts_for_labels(&self, crossing: &Crossing) -> bool {
        if crossing.flags & CLEAR_PART != 0 {
            return false;
        }
        if crossing.flags & CUT_OUT == 0 {
            return true;
        }
        let (object, _) = self.source(crossing.id);
        self.alpha(crossing) >= self.material(object).alpha_threshold
    }

    /// What the surface is that a ray crosses.
    pub(crate) fn part(&self, crossing: &Crossing) -> Part {
        let (object, place) = self.source(crossing.id);
        match self.scene.objects.get(object as usize) {
            Some(object) => object.mesh.parts[place as usize],
            None => self.scene.fibres[object as usize - self.scene.objects.len()].part,
        }
    }

    /// Position and face normal of a crossing, in double precision on triangles.
    pub(crate) fn exact(&self, crossing: &Crossing) -> (DVec3, DVec3) {
        if let Some(spot) = self.tufts.spot(crossing) {
            let [position, face] = [spot.position, spot.face].map(|v| Vec3::from(v).as_dvec3());
            return (position, face);
        }
        let (object, triangle) = self.source(crossing.id);
        let mesh = &*self.object(object).mesh;
        let [p0, p1, p2] = mesh.triangles[triangle as usize]
            .map(|corner| mesh.positions[corner as usize].as_dvec3());
        let [b1, b2] = crossing.barycentric.map(f64::from);
        let normal = (p1 - p0).cross(p2 - p0).normalize_or_zero();
        (p0 + (p1 - p0) * b1 + (p2 - p0) * b2, normal)
    }

    pub(crate) fn spot(&self, crossing: &Crossing) -> Spot {
        if let Some(spot) = self.tufts.spot(crossing) {
            return spot;
        }
        let (object_index, triangle) = self.source(crossing.id);
        let mesh = &*self.object(object_index).mesh;
        let corners = mesh.triangles[triangle as usize].map(|corner| corner as usize);
        let [p0, p1, p2] = corners.map(|corner| Vec3A::from(mesh.positions[corner]));
        let [n0, n1, n2] = corners.map(|corner| Vec3A::from(mesh.normals[corner]));
        let [t0, t1, t2] = corners.map(|corner| mesh.uvs[corner]);
        let [b1, b2] = crossing.barycentric;
        let b0 = 1.0 - b1 - b2;
        let position = p0 * b0 + p1 * b1 + p2 * b2;
        let (e1, e2) = (p1 - p0, p2 - p0);
        let face = e1.cross(e2).normalize_or(Vec3A::Y);
        let mut smooth = (n0 * b0 + n1 * b1 + n2 * b2)
            .try_normalize()
            .unwrap_or(face);
        // Cards are often wound against their normals: the winding decides which side is meant by "out".
        let side = if smooth.dot(face) < 0.0 { -1.0 } else { 1.0 };
        smooth *= side;
        let (d1, d2) = (t1 - t0, t2 - t0);
        let determinant = d1.x * d2.y - d1.y * d2.x;
        let (dp_du, dp_dv) = if determinant.abs() > 1e-20 {
            let inverse = 1.0 / determinant;
            (
                (e1 * d2.y - e2 * d1.y) * inverse,
                (e2 * d1.x - e1 * d2.x) * inverse,
            )
        } else {
            (Vec3A::ZERO, Vec3A::ZERO)
        };
        Spot {
            object: object_index,
            triangle,
            part: mesh.parts[triangle as usize],
            position,
            face,
            smooth,
            uv: t0 * b0 + t1 * b1 + t2 * b2,
            dp_du,
            dp_dv,
            bulge: bulge(
                position,
                [p0, p1, p2],
                [n0 * side, n1 * side, n2 * side],
                [b0, b1, b2],
                face,
            ),
            radius_m: 0.0,
            tint: Vec3A::ONE,
        }
    }
}

/// Hanika, "Hacking the Shadow Terminator", Ray Tracing Gems II (2021): the point projected onto the tangent planes of the three vertices, where
/// they lie above it, and interpolated. Rays that start there no longer see the facets of a coarse mesh as steps in the shadow.
fn bulge(
    position: Vec3A,
    corners: [Vec3A; 3],
    normals: [Vec3A; 3],
    weights: [f32; 3],
    face: Vec3A,
) -> f32 {
    let mut shift = Vec3A::ZERO;
    for i in 0..3 {
        let below = (corners[i] - position).dot(normals[i]).max(0.0);
        shift += normals[i] * (below * weights[i]);
    }
    // Only ever outwards, and never by more than a fraction of the triangle: vertex normals of creased meshes may point anywhere.
    let out = shift.dot(face).max(0.0);
    let size = (corners[1] - corners[0])
        .length()
        .max((corners[2] - corners[0]).length());
    out.min(0.1 * size)
}

pub(crate) fn uv_at(object: &Object, triangle: u32, [b1, b2]: [f32; 2]) -> Vec2 {
    let mesh = &*object.mesh;
    let [t0, t1, t2] = mesh.triangles[triangle as usize].map(|corner| mesh.uvs[corner as usize]);
    t0 * (1.0 - b1 - b2) + t1 * b1 + t2 * b2
}

fn flags_of(material: &Material, part: Part) -> u32 {
    let mut flags = 0;
    if material.alpha.is_some() || material.opacity < 1.0 {
        flags |= CUT_OUT;
    }
    if part == Part::ClearLens {
        flags |= CLEAR_PART;
    }
    if matches!(material.interior, Interior::ThinClear { .. }) {
        flags |= CLEAR_MATERIAL;
        if material.bends_view {
            flags |= BENDS;
        }
    }
    flags
}

fn material_of<'s>(
    scene: &'s Scene,
    name: &str,
    id: MaterialId,
) -> Result<&'s Material, RenderError> {
    scene
        .materials
        .get(id.0 as usize)
        .ok_or_else(|| RenderError::Material {
            object: name.to_owned(),
            id: id.0,
            available: scene.materials.len(),
        })
}

/// Beyond this, squares of squares leave the range of f32.
pub(crate) const FAR_M: f32 = 1e6;

fn check_mesh(index: usize, object: &Object) -> Result<(), RenderError> {
    let mesh = &*object.mesh;
    let fault = |found: String| {
        Err(RenderError::Mesh {
            object: object.name.clone(),
            index,
            found,
        })
    };
    let count = mesh.positions.len();
    if mesh.normals.len() != count {
        return fault(format!(
            "{count} positions, but {} normals",
            mesh.normals.len()
        ));
    }
    if mesh.uvs.len() != count {
        return fault(format!("{count} positions, but {} uvs", mesh.uvs.len()));
    }
    if mesh.parts.len() != mesh.triangles.len() {
        return fault(format!(
            "{} triangles, but {} parts",
            mesh.triangles.len(),
            mesh.parts.len()
        ));
    }
    for (vertex, position) in mesh.positions.iter().enumerate() {
        if !(position.is_finite() && position.abs().max_element() <= FAR_M) {
            return fault(format!(
                "vertex {vertex} is at {position}, not at finite coordinates below {FAR_M} m"
            ));
        }
    }
    if let Some(vertex) = mesh.normals.iter().position(|normal| !normal.is_finite()) {
        return fault(format!("the normal of vertex {vertex} is not finite"));
    }
    if let Some(vertex) = mesh.uvs.iter().position(|uv| !uv.is_finite()) {
        return fault(format!("the uv of vertex {vertex} is not finite"));
    }
    for (triangle, corners) in mesh.triangles.iter().enumerate() {
        if let Some(corner) = corners.iter().find(|&&corner| corner as usize >= count) {
            return fault(format!(
                "triangle {triangle} names vertex {corner}, but there are {count}"
            ));
        }
    }
    Ok(())
}
