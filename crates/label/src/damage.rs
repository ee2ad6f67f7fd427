//! Where damages are in the picture: what is seen of them, and where they would be seen if nothing of the vehicle hid them.
//!
//! A pixel belongs to a damage where the surface under its centre shows a layer that was laid open, or lies more than [`CHANGED_M`] from where it was. Both are looked up on the geometry that
//! made the pixel: the layer by the renderer's own rule, the distance by interpolation between the triangle's corners. Scratches are often narrower than a pixel: a pixel also
//! belongs to a damage where the middle of a laid open texel lies in it that a ray proves to be seen. Stains open nothing: a surface whose material is not worn, but which has owners, is stained where it has one.

use dataset::Artefact;
use glam::{DVec2, DVec3, Vec2};
use render::{Layers, Tracer};
use scene::annotation::{Damage, Damaged, DamagedSurface};
use scene::{Mesh, Scene, write};

use crate::layout;

/// A surface counts as displaced where it lies further than this from where it was, along the normal it had, metres.
pub const CHANGED_M: f32 = 5e-4;
/// More damages than this have no bit in the amodal masks.
const MOST_BITS: u8 = 16;

/// Masks of a scene's damages.
#[derive(Debug, Clone, PartialEq)]
pub struct DamageMasks {
    /// Id of the damage seen at each pixel; 0 is none. What is missing is seen where it would be.
    pub seen: Vec<u8>,
    /// Bit `k − 1` of each pixel: damage `k` is there, seen or hidden by the vehicle itself.
    pub there: Vec<u16>,
}

/// Finds the damages of a scene's vehicles and products in its picture.
pub fn damage_masks(scene: &Scene, layers: &Layers, tracer: &Tracer<'_>) -> DamageMasks {
    let count = layers.object.len();
    let mut masks = DamageMasks {
        seen: vec![0; count],
        there: vec![0; count],
    };
    for thing in scene.annotations.damaged() {
        for pixel in 0..count {
            if layers.instance[pixel] == thing.instance {
                masks.seen[pixel] = seen(scene, thing, layers, pixel).unwrap_or(0);
            }
        }
        for surface in thing.surfaces {
            there(scene, thing.damages, surface, &mut masks.there);
            thin(scene, surface, tracer, &mut masks);
        }
        for damage in thing.damages {
            if let Some(mesh) = &damage.gone {
                gone(scene, layers, damage.id, mesh, &mut masks);
            }
        }
    }
    // What is seen is there: a ray and a projection may differ by a rounding at edges.
    for (seen, there) in masks.seen.iter().zip(&mut masks.there) {
        if (1..=MOST_BITS).contains(seen) {
            *there |= 1 << (seen - 1);
        }
    }
    masks
}

impl DamageMasks {
    /// The files of both masks.
    pub fn files(&self, width: u32, height: u32) -> [Artefact; 2] {
        [
            Artefact {
                folder: layout::DAMAGE,
                extension: "png",
                bytes: write::png_grey8(width, height, &self.seen),
            },
            Artefact {
                folder: layout::DAMAGE_AMODAL,
                extension: "png",
                bytes: write::png_grey16(width, height, &self.there),
            },
        ]
    }
}

/// How far before a texel something else may lie that does not hide it, metres.
const HIDES_M: f64 = 2e-3;
/// Rays that may miss before a pixel is given up.
const MOST_MISSES: u8 = 3;

/// Marks the pixels in which laid open texels lie, however narrow the mark is.
fn thin(scene: &Scene, surface: &DamagedSurface, tracer: &Tracer<'_>, masks: &mut DamageMasks) {
    let object = &scene.objects[surface.object as usize];
    let (Some((side, owners)), Some(worn)) = (
        surface.owners.as_ref(),
        scene.materials[object.material.0 as usize].worn.as_ref(),
    ) else {
        return;
    };
    let first = worn
        .layers
        .first()
        .map_or(f32::INFINITY, |layer| layer.from);
    let camera = &scene.camera;
    let (width, height) = (f64::from(camera.width_px), f64::from(camera.height_px));
    let mut misses = vec![0_u8; masks.seen.len()];
    let mesh = &object.mesh;
    let step = *side as f32;
    for triangle in &mesh.triangles {
        let corners = triangle.map(|v| mesh.positions[v as usize].as_dvec3());
        let outwards = (corners[1] - corners[0]).cross(corners[2] - corners[0]);
        if outwards.dot(camera.position - corners[0]) <= 0.0 {
            continue;
        }
        // In texels, y down.
        let [a, b, c] = triangle.map(|v| {
            let uv = mesh.uvs[v as usize];
            Vec2::new(uv.x, 1.0 - uv.y) * step
        });
        let whole = (b - a).perp_dot(c - a);
        let low = a.min(b).min(c).max(Vec2::ZERO);
        let high = a.max(b).max(c).min(Vec2::splat(step - 1.0));
        for y in low.y as u32..=high.y as u32 {
            for x in low.x as u32..=high.x as u32 {
                let owner = owners[(y * side + x) as usize];
                let at = Vec2::new(x as f32 + 0.5, y as f32 + 0.5);
                if owner == 0 || worn.depth.texel(x, y)[0] < first {
                    continue;
                }
                let (u, v) = (
                    (at - a).perp_dot(c - a) / whole,
                    (b - a).perp_dot(at - a) / whole,
                );
                if !(u >= 0.0 && v >= 0.0 && u + v <= 1.0) {
                    continue;
                }
                let (u, v) = (f64::from(u), f64::from(v));
                let place = corners[0] * (1.0 - u - v) + corners[1] * u + corners[2] * v;
                let Some((seen, _)) = camera.project(place) else {
                    continue;
                };
                if !(0.0..width).contains(&seen.x) || !(0.0..height).contains(&seen.y) {
                    continue;
                }
                let pixel = seen.y as usize * width as usize + seen.x as usize;
                if owner <= MOST_BITS {
                    masks.there[pixel] |= 1 << (owner - 1);
                }
                if masks.seen[pixel] == 0 && misses[pixel] < MOST_MISSES {
                    if tracer.sees(camera.position, place, HIDES_M) {
                        masks.seen[pixel] = owner;
                    } else {
                        misses[pixel] += 1;
                    }
                }
            }
        }
    }
}

/// The damage seen at a pixel of a vehicle or product.
fn seen(scene: &Scene, thing: Damaged<'_>, layers: &Layers, pixel: usize) -> Option<u8> {
    let object = layers.object[pixel];
    let found = thing
        .surfaces
        .binary_search_by_key(&object, |surface| surface.object);
    let surface = thing.surfaces.get(found.ok()?)?;
    if surface.whole > 0 {
        return Some(surface.whole);
    }
    let uv: Vec2 = layers.uv[pixel].into();
    let material = scene.objects[object as usize].material;
    let opened = if scene.materials[material.0 as usize].worn.is_some() {
        (layers.worn[pixel] > 0)
            .then(|| owner(surface, uv))
            .flatten()
    } else {
        coloured(surface, uv)
    };
    if opened.is_some() {
        return opened;
    }
    let mesh = &scene.objects[object as usize].mesh;
    let triangle = mesh.triangles.get(layers.triangle[pixel] as usize)?;
    let [v, w] = layers.barycentric[pixel];
    displaced(thing.damages, surface, mesh, *triangle, [1.0 - v - w, v, w])
}

/// The damage that displaced a place of a triangle.
fn displaced(
    damages: &[Damage],
    surface: &DamagedSurface,
    mesh: &Mesh,
    triangle: [u32; 3],
    weights: [f32; 3],
) -> Option<u8> {
    if surface.moved_m.is_empty() {
        return None;
    }
    let moved: f32 = (0..3)
        .map(|k| surface.moved_m[triangle[k] as usize] * weights[k])
        .sum();
    if moved <= CHANGED_M {
        return None;
    }
    let at: DVec3 = (0..3)
        .map(|k| mesh.positions[triangle[k] as usize].as_dvec3() * f64::from(weights[k]))
        .sum();
    // Whose reach it is deepest in; damages that only open paint displace nothing.
    let near = |damage: &Damage| {
        damage
            .reach
            .iter()
            .map(|(centre, radius)| centre.distance(at) / radius)
            .fold(f64::INFINITY, f64::min)
    };
    damages
        .iter()
        .filter(|damage| damage.depth_m > 0.0)
        .map(|damage| (near(damage), damage.id))
        .filter(|(distance, _)| *distance < 1.25)
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, id)| id)
}

/// Whose mark a place of a canvas is: the nearest texel's, or a neighbour's where interpolation reached over an edge.
fn owner(surface: &DamagedSurface, uv: Vec2) -> Option<u8> {
    let (side, owners) = surface.owners.as_ref()?;
    let side = i64::from(*side);
    let at = |v: f32| (v * side as f32).floor() as i64;
    let (x, y) = (at(uv.x), at(1.0 - uv.y));
    let texel = |dx: i64, dy: i64| {
        let (x, y) = (x + dx, y + dy);
        let inside = (0..side).contains(&x) && (0..side).contains(&y);
        let owner = inside.then(|| owners[(y * side + x) as usize]);
        owner.filter(|owner| *owner > 0)
    };
    texel(0, 0).or_else(|| {
        (-1..=1)
            .flat_map(|dy| (-1..=1).map(move |dx| (dx, dy)))
            .find_map(|(dx, dy)| texel(dx, dy))
    })
}

/// Marks the pixels in which something that is missing would be seen: where nothing that is there lies before it.
fn gone(scene: &Scene, layers: &Layers, id: u8, mesh: &Mesh, masks: &mut DamageMasks) {
    let camera = &scene.camera;
    let (width, height) = (camera.width_px as usize, camera.height_px as usize);
    let projected: Vec<Option<(DVec2, f64)>> = mesh
        .positions
        .iter()
        .map(|at| camera.project(at.as_dvec3()))
        .collect();
    for triangle in &mesh.triangles {
        let [Some((a, za)), Some((b, zb)), Some((c, zc))] = triangle.map(|v| projected[v as usize])
        else {
            continue;
        };
        let whole = (b - a).perp_dot(c - a);
        let low = a.min(b).min(c).max(DVec2::ZERO);
        let high = a.max(b).max(c);
        if whole == 0.0 {
            continue;
        }
        for y in (low.y - 0.5).ceil().max(0.0) as usize
            ..((high.y - 0.5).floor() + 1.0).clamp(0.0, height as f64) as usize
        {
            for x in (low.x - 0.5).ceil().max(0.0) as usize
                ..((high.x - 0.5).floor() + 1.0).clamp(0.0, width as f64) as usize
            {
                let at = DVec2::new(x as f64 + 0.5, y as f64 + 0.5);
                let (u, v) = (
                    (at - a).perp_dot(c - a) / whole,
                    (b - a).perp_dot(at - a) / whole,
                );
                if u < 0.0 || v < 0.0 || u + v > 1.0 {
                    continue;
                }
                let pixel = y * width + x;
                let depth = 1.0 / ((1.0 - u - v) / za + u / zb + v / zc);
                let before = f64::from(layers.depth_m[pixel]);
                if id <= MOST_BITS {
                    masks.there[pixel] |= 1 << (id - 1);
                }
                if before == 0.0 || before > depth - HIDES_M {
                    masks.seen[pixel] = id;
                }
            }
        }
    }
}

/// Whose stain a place of a canvas is that lies on a surface without opening it.
fn coloured(surface: &DamagedSurface, uv: Vec2) -> Option<u8> {
    let (side, owners) = surface.owners.as_ref()?;
    let last = side - 1;
    let texel = |v: f32| ((v * *side as f32).max(0.0) as u32).min(last);
    let owner = owners[(texel(1.0 - uv.y) * side + texel(uv.x)) as usize];
    (owner > 0).then_some(owner)
}

/// Marks every pixel whose centre lies on a damaged place of a surface that faces the camera.
fn there(scene: &Scene, damages: &[Damage], surface: &DamagedSurface, bits: &mut [u16]) {
    let object = &scene.objects[surface.object as usize];
    let mesh = &object.mesh;
    let camera = &scene.camera;
    let worn = scene.materials[object.material.0 as usize].worn.as_ref();
    let (width, height) = (camera.width_px as usize, camera.height_px as usize);
    let projected: Vec<Option<(DVec2, f64)>> = mesh
        .positions
        .iter()
        .map(|at| camera.project(at.as_dvec3()))
        .collect();
    for triangle in &mesh.triangles {
        let [Some((a, za)), Some((b, zb)), Some((c, zc))] = triangle.map(|v| projected[v as usize])
        else {
            continue;
        };
        let whole = (b - a).perp_dot(c - a);
        // Counter-clockwise from outside is clockwise where y runs down.
        if whole >= 0.0 {
            continue;
        }
        let low = a.min(b).min(c).max(DVec2::ZERO);
        let high = a.max(b).max(c);
        let columns = (low.x - 0.5).ceil().max(0.0) as usize
            ..((high.x - 0.5).floor() + 1.0).clamp(0.0, width as f64) as usize;
        for y in (low.y - 0.5).ceil().max(0.0) as usize
            ..((high.y - 0.5).floor() + 1.0).clamp(0.0, height as f64) as usize
        {
            for x in columns.clone() {
                let at = DVec2::new(x as f64 + 0.5, y as f64 + 0.5);
                let (u, v) = (
                    (at - a).perp_dot(c - a) / whole,
                    (b - a).perp_dot(at - a) / whole,
                );
                if u < 0.0 || v < 0.0 || u + v > 1.0 {
                    continue;
                }
                // Perspective: weights over depth.
                let raw = [(1.0 - u - v) / za, u / zb, v / zc];
                let sum: f64 = raw.iter().sum();
                let weights = raw.map(|w| (w / sum) as f32);
                let uv: Vec2 = (0..3)
                    .map(|k| mesh.uvs[triangle[k] as usize] * weights[k])
                    .sum();
                let opened = match worn {
                    Some(worn) => {
                        let depth = worn.depth.sample_linear(uv.x, uv.y)[0];
                        let first = worn.layers.first();
                        first
                            .filter(|first| depth >= first.from)
                            .and_then(|_| owner(surface, uv))
                    }
                    None => coloured(surface, uv),
                };
                let id = (surface.whole > 0)
                    .then_some(surface.whole)
                    .or(opened)
                    .or_else(|| displaced(damages, surface, mesh, *triangle, weights));
                if let Some(id @ 1..=MOST_BITS) = id {
                    bits[y * width + x] |= 1 << (id - 1);
                }
            }
        }
    }
}
