//! Hair of the head as single strands, groomed from guide curves.
//!
//! Places where hair may grow are the same on every head ([`roots`]). A few hundred [`guides`] find their way over the head, by the style's comb and
//! gravity, clear of skin and clothes ([`volume`]); locks lie between guides, and strands in locks, with curls, disorder and ends of their own ([`locks`]).
//! What a style is, in numbers, is in [`style`].
//!
//! Invariants: how many strands and points there are, and which is which, depends on the row and on how large a head the camera sees, never on
//! the pose: flow follows them from frame to frame. A coarser head is a finer one's first strands, thicker. No strand is inside the head.
//! Deliberately not here: dynamics; hair lies as if it had hung a while.

mod guides;
mod locks;
mod nearest;
mod roots;
pub(crate) mod style;
#[cfg(test)]
mod tests;
mod volume;

use glam::Vec3;
use population::row::{Row, RowError};
use population::stream::{Seed, Streams};
use scene::fibre::Strands;
use scene::mesh::Part;
use scene::{Camera, Mesh};

use crate::face_map::Region;
use crate::hair_colour::HairPigment;
use crate::person::Person;
use crate::stage::PlacedSkin;
use crate::worn::Head;
use body::BodyModel;
use body::tables::FACES;
use guides::{Scalp, smooth};
use roots::Root;
pub(crate) use roots::Roots;
use style::{Curl, Style};
use volume::Volume;

/// Most strands of a head; a person has about 100,000 of a third of the thickness.
const MOST: usize = 46_000;
/// Half the thickness of a strand at its root on the closest head, metres.
const RADIUS_M: f32 = 58e-6;
/// How far around the eyes hair may meet anything, metres.
const NEAR_M: f32 = 0.75;
/// Pixels per metre from which a head is drawn with all of its strands.
const FINEST_PX_PER_M: f64 = 2800.0;

/// How many of the strands are drawn, for a head so many pixels per metre large: in steps, so that neighbours in a set mostly agree.
fn share_drawn(pixels_per_metre: f64) -> f32 {
    let share = pixels_per_metre / FINEST_PX_PER_M;
    [1.0, 0.6, 0.35, 0.2]
        .into_iter()
        .find(|step| share >= 0.8 * f64::from(*step))
        .unwrap_or(0.12)
}

/// What a row asks of hair that grows.
pub(crate) struct Asked {
    style: &'static Style,
    length_m: f32,
    curl: Option<Curl>,
    density: f32,
    parting: f32,
    hairline: f32,
    balding: f32,
    pigment: HairPigment,
}

impl Asked {
    /// `None` where hair is bald or a card of the pack.
    pub(crate) fn of(row: &Row, pigment: HairPigment) -> Result<Option<Self>, RowError> {
        let Some(style) = style::named(row.category("hair.style")?) else {
            return Ok(None);
        };
        let number = |name: &str| row.number(name).map(|value| value as f32);
        Ok(Some(Self {
            style,
            length_m: number("hair.length_cm")? * 0.01,
            curl: Curl::of(number("hair.curl")?),
            density: number("hair.density")?,
            parting: match row.category("hair.parting")? {
                "left" => 0.36,
                "right" => -0.36,
                _ => 0.0,
            },
            hairline: number("hair.hairline")?,
            balding: number("hair.balding")?,
            pigment,
        }))
    }

    /// How likely a hair of full density grows at a root, `[0, 1]`.
    fn growth(&self, root: &Root) -> f32 {
        let n = root.on_skull;
        // The hairline is about two centimetres lower or higher, at the brow's side alone; u runs down the face.
        let front = smooth(0.1, 0.5, n.z) * smooth(-0.3, 0.1, n.y);
        let temples = front * smooth(0.25, 0.55, n.x.abs()) * smooth(0.95, 0.7, n.x.abs());
        let raised = front * (0.5 - self.hairline) * -0.022
            + temples * (0.014 * self.hairline + 0.035 * smooth(0.0, 0.6, self.balding))
            + front * 0.05 * smooth(0.5, 1.0, self.balding);
        let uv = root.uv + glam::Vec2::new(raised, 0.0);
        let within = smooth(0.3, 0.8, Region::Scalp.weight(uv));
        // The crown thins, then the top; a wreath stays (Norwood 1975, "Male pattern baldness: classification and incidence", types III to VII).
        let crown = smooth(0.75, 0.2, (n - Vec3::new(0.0, 0.8, -0.55)).length());
        let top = smooth(0.42, 0.62, n.y + 0.25 * smooth(0.2, -0.6, n.z));
        let lost =
            (crown * smooth(0.2, 0.7, self.balding)).max(top * smooth(0.45, 0.95, self.balding));
        within * (1.0 - lost)
    }
}

/// A head that hair grows on, and how large it is seen.
pub(crate) struct Grown<'a> {
    pub(crate) model: &'a BodyModel,
    pub(crate) roots: &'a Roots,
    pub(crate) head: &'a Head,
    pub(crate) person: &'a Person,
    pub(crate) skin: &'a PlacedSkin,
    /// What lies on the shoulders, in the world.
    pub(crate) clothes: &'a [&'a Mesh],
    pub(crate) pixels_per_metre: f64,
}

impl Grown<'_> {
    /// The strands in the world, each with its colour (linear Rec. 709); what chance decides belongs to the `identity`.
    pub(crate) fn grow(&self, asked: &Asked, identity: u64) -> Strands {
        let own = Streams::new(Seed(identity), 0);
        let share = share_drawn(self.pixels_per_metre);
        let (style, head) = (asked.style, self.head);
        let dense = 0.45 + 0.55 * asked.density;
        let candidates = (MOST as f32 * 1.6 * style.amount * share) as usize;
        let accepted: Vec<Root> = self
            .roots
            .0
            .iter()
            .take(candidates)
            .filter(|root| root.draw < dense * asked.growth(root))
            .copied()
            .collect();
        let volume = Volume::new(self.surface().into_iter(), head.scale);
        let scalp = Scalp {
            volume: &volume,
            skull: head.skull,
            half: head.half,
            brow_y: head.brow_y,
            scale: head.scale,
            upright: head.upright(),
            style,
            length_m: asked.length_m,
            parting: asked.parting,
        };
        let place = |root: &Root| {
            let at = (0..4)
                .map(|c| self.skin.points[root.corners[c] as usize] * root.weights[c])
                .sum::<Vec3>();
            head.to_head(at)
        };
        let guiding: Vec<Root> = self
            .roots
            .0
            .iter()
            .filter(|root| Region::Scalp.weight(root.uv) > 0.25)
            .take(locks::GUIDES)
            .copied()
            .collect();
        let guides = guiding
            .iter()
            .map(|root| scalp.guide(root, place(root)))
            .collect();
        let mut grown = locks::grow(
            &scalp,
            &locks::Wanted {
                curl: asked.curl,
                radius_m: RADIUS_M / share.powf(0.85) / style.amount.powf(0.5),
                guiding: &guiding,
                guides,
                accepted: &accepted,
                place: &place,
            },
            &mut own.stream("hair/strands"),
        );
        let mut colours = own.stream("hair/colours");
        grown.tints = (1..grown.first.len())
            .map(|_| {
                let (which, light) = (colours.uniform() as f32, colours.uniform() as f32);
                asked.pigment.strand(which) * (0.75 + 0.4 * light)
            })
            .collect();
        for point in &mut grown.points {
            *point = head.to_world(*point);
        }
        grown
    }

    /// Points and normals of skin and clothes near the head, in its axes. Of the ears only what faces outwards: they are too thin to have a back.
    fn surface(&self) -> Vec<(Vec3, Vec3)> {
        let (model, person, head) = (self.model, self.person, self.head);
        let origin = person.eyes[0].centre.as_vec3();
        let near = |at: Vec3| at.distance_squared(origin) < NEAR_M * NEAR_M;
        let mut normals = vec![Vec3::ZERO; model.skin_vertices];
        let mut ear = vec![false; model.skin_vertices];
        for (index, quad) in model.quads.iter().enumerate() {
            let [a, b, c, d] = [0, 1, 2, 3].map(|k| person.posed[quad[k] as usize]);
            let part = FACES.get(index).map_or(Part::BodySkin, |(part, _)| *part);
            if !near(a) || part == Part::MouthInterior {
                continue;
            }
            let normal = (c - a).cross(d - b);
            for v in &quad[..4] {
                normals[*v as usize] += normal;
                ear[*v as usize] |= matches!(part, Part::RightEar | Part::LeftEar);
            }
        }
        let mut points: Vec<(Vec3, Vec3)> = Vec::new();
        for (v, normal) in normals.iter().enumerate() {
            let Some(normal) = normal.try_normalize() else {
                continue;
            };
            let (at, normal) = (head.to_head(person.posed[v]), head.turned_to_head(normal));
            if !ear[v] || normal.x * at.x.signum() > 0.25 {
                points.push((at, normal));
            }
        }
        for mesh in self.clothes {
            let all = mesh.positions.iter().zip(&mesh.normals);
            let close = all.filter(|(at, _)| near(**at));
            points.extend(
                close.map(|(at, normal)| (head.to_head(*at), head.turned_to_head(*normal))),
            );
        }
        points
    }
}

/// How large the camera sees a head that is aimed at `eyes`, pixels per metre.
pub(crate) fn pixels_per_metre(camera: &Camera, eyes: [glam::DVec3; 2]) -> f64 {
    let middle = (eyes[0] + eyes[1]) * 0.5;
    let away = middle.distance(camera.position).max(0.05);
    camera.focal_px.min_element() / away
}
