//! Things worn on head and face: masks, hats, scarves, headphones, earrings, made here from the head's own surface.
//!
//! [`Worn::fit`] builds what a row asks for, from the skin outwards: mask, headwear, headphones, earrings. Nothing of the person moves for it, but what is touched:
//! hair and beard under cloth are pressed below it ([`Worn::press`]), and glasses sit on a mask. Whatever of a thing's shape is not asked for belongs to the
//! person's `identity`.

mod cloth;
mod earrings;
mod hat;
mod head;
mod headphones;
mod mask;
mod obstacle;
mod scarf;
mod sheet;
#[cfg(test)]
mod tests;

use glam::Vec3;
use population::row::{Row, RowError};
use population::stream::{Seed, Stream, Streams};
use scene::{Material, Mesh};

pub(crate) use cloth::colour;
pub(crate) use head::{Head, HeadTable};
use obstacle::Obstacle;

use crate::stage::SceneBuilder;

/// Room between hair that is pressed and what presses it, metres.
const UNDER_M: f32 = 0.0012;
/// Just below a hem hair may come out at this many metres per metre.
const FLARE: f32 = 1.0;
/// How far below a hem hair still feels it, radians.
const BELOW_HEM: [f32; 4] = [0.05, 0.11, 0.18, 0.26];

/// A thing in the world.
struct Piece {
    name: &'static str,
    mesh: Mesh,
    material: Material,
}

/// What a person wears on head and face, fitted.
pub(crate) struct Worn {
    head: Head,
    pieces: Vec<Piece>,
    /// What hair is pressed under: hats, bands.
    cover: Obstacle,
    /// What beards are pressed under.
    mask: Obstacle,
    /// Points of the mask, world, for glasses to sit on.
    pub(crate) mask_points: Vec<Vec3>,
    /// All hair is inside a scarf.
    pub(crate) hides_hair: bool,
}

/// Which of them a row asks for, by name.
struct Asked<'r> {
    headwear: &'r str,
    facewear: &'r str,
    headphones: &'r str,
    earrings: &'r str,
}

impl<'r> Asked<'r> {
    fn of(row: &'r Row) -> Result<Self, RowError> {
        Ok(Self {
            headwear: row.category("headwear")?,
            facewear: row.category("facewear")?,
            headphones: row.category("headphones")?,
            earrings: row.category("earrings")?,
        })
    }

    fn is_nothing(&self) -> bool {
        [self.headwear, self.facewear, self.headphones, self.earrings]
            .iter()
            .all(|name| *name == "none")
    }
}

/// What lies on a person before these things do, in the world.
pub(crate) struct Under<'a> {
    pub(crate) clothes: Vec<&'a Mesh>,
    pub(crate) hair: Option<Hair<'a>>,
    /// A hat of the pack.
    pub(crate) hat: Option<&'a Mesh>,
}

/// Hair below what is worn.
#[derive(Clone, Copy)]
pub(crate) enum Hair<'a> {
    /// Cards of the pack.
    Cards(&'a Mesh),
    /// Points of strands.
    Strands(&'a [Vec3]),
}

impl Worn {
    /// Builds what the row asks for; `None` where it asks for nothing.
    pub(crate) fn fit(
        row: &Row,
        head: &dyn Fn() -> Head,
        under: &Under<'_>,
    ) -> Result<Option<Self>, RowError> {
        let asked = Asked::of(row)?;
        if asked.is_nothing() {
            return Ok(None);
        }
        let own = Streams::new(Seed(row.integer("identity")?.unsigned_abs()), 0);
        let mut worn = Self {
            pieces: Vec::new(),
            cover: Obstacle::default(),
            mask: Obstacle::default(),
            mask_points: Vec::new(),
            hides_hair: asked.headwear == "head_scarf",
            head: head(),
        };
        let mut below = worn.head.skin.clone();
        let bare = Obstacle::new(below.clone());
        if asked.facewear != "none" {
            below.extend(worn.add_mask(row, &asked, &bare)?);
        }
        let mut cover: Vec<[Vec3; 3]> = under
            .hat
            .map(|hat| worn.head.triangles(hat))
            .unwrap_or_default();
        below.extend(&cover);
        let hair_m = under.hair.map_or(0.0, |hair| worn.hair_room(&bare, hair));
        let hat = worn.add_hat(row, &asked, &below, under, hair_m, &own)?;
        below.extend(&hat);
        cover.extend(hat);
        if asked.headphones != "none" {
            let presses = worn.add_headphones(
                row,
                &Obstacle::new(below),
                if cover.is_empty() { hair_m } else { 0.0 },
            )?;
            cover.extend(presses);
        }
        // Below a scarf nobody sees them.
        if asked.earrings != "none" && !worn.hides_hair {
            worn.add_earrings(row, &asked, &bare)?;
        }
        worn.cover = Obstacle::new(cover);
        Ok(Some(worn))
    }

    fn piece(&mut self, name: &'static str, mesh: Mesh, material: Material) {
        self.pieces.push(Piece {
            name,
            mesh: self.head.place(mesh),
            material,
        });
    }

    fn add_mask(
        &mut self,
        row: &Row,
        asked: &Asked<'_>,
        skin: &Obstacle,
    ) -> Result<Vec<[Vec3; 3]>, RowError> {
        let (make, name) = match asked.facewear {
            "ffp2_mask" => (mask::Make::Ffp2, "mask/ffp2"),
            "cloth_mask" => (mask::Make::Cloth, "mask/cloth"),
            _ => (mask::Make::Surgical, "mask/surgical"),
        };
        let wear = match row.category("facewear.position")? {
            "below_nose" => mask::Wear::BelowNose,
            "under_chin" => mask::Wear::UnderChin,
            _ => mask::Wear::Right,
        };
        let colour = match row.category("facewear.colour")? {
            "blue" => Vec3::new(0.30, 0.53, 0.72),
            "green" => Vec3::new(0.35, 0.60, 0.50),
            "pink" => Vec3::new(0.78, 0.48, 0.52),
            "black" => Vec3::splat(0.025),
            "grey" => Vec3::splat(0.22),
            _ => Vec3::splat(0.78),
        };
        let built = mask::build(&self.head, skin, make, wear);
        let triangles = Head::own(&built.cloth);
        self.mask = Obstacle::new(triangles.clone());
        let material = match make {
            mask::Make::Cloth => cloth::voile(name, colour),
            _ => cloth::fleece(name, colour, make == mask::Make::Surgical),
        };
        self.piece(name, built.cloth, material);
        self.mask_points = self
            .pieces
            .last()
            .map(|piece| piece.mesh.positions.clone())
            .unwrap_or_default();
        self.piece(
            "mask/cords",
            built.cords,
            cloth::voile(
                "mask/cords",
                if make == mask::Make::Surgical {
                    Vec3::splat(0.75)
                } else {
                    colour
                },
            ),
        );
        Ok(triangles)
    }

    fn add_hat(
        &mut self,
        row: &Row,
        asked: &Asked<'_>,
        below: &[[Vec3; 3]],
        under: &Under<'_>,
        hair_m: f32,
        own: &Streams,
    ) -> Result<Vec<[Vec3; 3]>, RowError> {
        let colour = cloth::colour(
            row.number("headwear.hue_deg")?,
            row.number("headwear.saturation")?,
            row.number("headwear.lightness")?,
        );
        let mut stream = own.stream("headwear");
        let mut draw = |_: usize| uniform(&mut stream);
        let sit = hat::Sit {
            hair_m,
            low: draw(0),
            full: draw(1),
        };
        let drape = scarf::Drape {
            forehead: sit.low,
            length: sit.full,
            folds: std::array::from_fn(draw),
        };
        let (mesh, name, material) = match asked.headwear {
            "beanie" => {
                let mesh = hat::build(
                    &self.head,
                    &Obstacle::new(below.to_vec()),
                    hat::Make::Beanie,
                    sit,
                );
                (mesh, "hat/beanie", cloth::knit("hat/beanie", colour))
            }
            "cap" => {
                let mesh = hat::build(
                    &self.head,
                    &Obstacle::new(below.to_vec()),
                    hat::Make::Cap,
                    sit,
                );
                (mesh, "hat/cap", cloth::cotton("hat/cap", colour))
            }
            "hard_hat" => {
                let mesh = hat::build(
                    &self.head,
                    &Obstacle::new(below.to_vec()),
                    hat::Make::HardHat,
                    sit,
                );
                (
                    mesh,
                    "hat/hard_hat",
                    cloth::plastic("hat/hard_hat", colour, 0.3),
                )
            }
            "bandana" => {
                let mesh = hat::build(
                    &self.head,
                    &Obstacle::new(below.to_vec()),
                    hat::Make::Bandana,
                    sit,
                );
                (mesh, "hat/bandana", cloth::printed("hat/bandana", colour))
            }
            "head_scarf" => {
                let mut all = below.to_vec();
                for clothes in &under.clothes {
                    all.extend(self.head.triangles(clothes));
                }
                let mesh = scarf::build(&self.head, &Obstacle::new(all), &drape);
                (
                    mesh,
                    "hat/head_scarf",
                    cloth::voile("hat/head_scarf", colour),
                )
            }
            _ => return Ok(Vec::new()),
        };
        let triangles = Head::own(&mesh);
        self.piece(name, mesh, material);
        Ok(triangles)
    }

    fn add_headphones(
        &mut self,
        row: &Row,
        below: &Obstacle,
        hair_m: f32,
    ) -> Result<Vec<[Vec3; 3]>, RowError> {
        let colour = match row.category("headphones.colour")? {
            "white" => Vec3::splat(0.75),
            "silver" => Vec3::splat(0.35),
            "blue" => Vec3::new(0.03, 0.07, 0.2),
            "red" => Vec3::new(0.35, 0.02, 0.02),
            _ => Vec3::splat(0.015),
        };
        let built = headphones::build(&self.head, below, hair_m);
        let mut triangles = Head::own(&built.shell);
        triangles.extend(Head::own(&built.cushions));
        self.piece(
            "headphones/shell",
            built.shell,
            cloth::plastic("headphones/shell", colour, 0.4),
        );
        self.piece(
            "headphones/cushions",
            built.cushions,
            cloth::plastic("headphones/cushions", Vec3::splat(0.02), 0.6),
        );
        Ok(triangles)
    }

    fn add_earrings(
        &mut self,
        row: &Row,
        asked: &Asked<'_>,
        skin: &Obstacle,
    ) -> Result<(), RowError> {
        let make = if asked.earrings == "hoops" {
            earrings::Make::Hoop
        } else {
            earrings::Make::Stud
        };
        let metal = match row.category("earrings.metal")? {
            "silver" => Vec3::new(0.93, 0.92, 0.90),
            "rose_gold" => Vec3::new(0.90, 0.58, 0.45),
            _ => Vec3::new(0.93, 0.71, 0.33),
        };
        let mesh = earrings::build(
            &self.head,
            skin,
            make,
            row.number("earrings.size_mm")? as f32,
        );
        self.piece("earrings", mesh, cloth::metal("earrings", metal));
        Ok(())
    }

    /// How much room hair needs when it is pressed: a third of how far it stands off the upper head, in the median.
    fn hair_room(&self, skin: &Obstacle, hair: Hair<'_>) -> f32 {
        let hair: Box<dyn Fn(Vec3, Vec3) -> Option<f32>> = match hair {
            Hair::Cards(mesh) => {
                let cards = Obstacle::new(self.head.triangles(mesh));
                Box::new(move |centre, ray| cards.outermost(centre, ray, 0.4))
            }
            Hair::Strands(points) => Box::new(|centre, ray| {
                // The furthest point within a hand's breadth of the ray.
                let reach = |point: &Vec3| {
                    let away = self.head.to_head(*point) - centre;
                    (away.dot(ray) > 0.985 * away.length()).then(|| away.length())
                };
                points.iter().step_by(7).filter_map(reach).reduce(f32::max)
            }),
        };
        let mut depths = Vec::new();
        for k in 0..96 {
            // Fibonacci's spiral over the upper half.
            let y = 0.15 + 0.85 * (k as f32 + 0.5) / 96.0;
            let around = k as f32 * 2.399_963;
            let flat = (1.0 - y * y).sqrt();
            let ray = Vec3::new(flat * around.cos(), y, flat * around.sin());
            let centre = self.head.skull;
            if let (Some(outer), Some(inner)) =
                (hair(centre, ray), skin.outermost(centre, ray, 0.4))
            {
                depths.push((outer - inner).max(0.0));
            } else {
                depths.push(0.0);
            }
        }
        depths.sort_by(f32::total_cmp);
        (0.35 * depths[depths.len() / 2]).clamp(0.0, 0.016)
    }

    /// Presses hair below what covers it. Seen from the middle of the skull no point of the hair lies beyond the cover, and just below a hem
    /// hair comes out from under it instead of through it.
    pub(crate) fn press(&self, hair: &mut [Vec3]) {
        let centre = self.head.skull;
        self.pressed(hair, &self.cover, centre, &BELOW_HEM);
    }

    /// Presses a beard below a mask.
    pub(crate) fn press_beard(&self, beard: &mut [Vec3]) {
        let centre = 0.5 * (self.head.point(33) + self.head.point(8))
            + Vec3::Z
                * (0.5 * (self.head.ears[0].root.z + self.head.ears[1].root.z)
                    - self.head.point(8).z);
        self.pressed(beard, &self.mask, centre, &[]);
    }

    fn pressed(&self, points: &mut [Vec3], cover: &Obstacle, centre: Vec3, beyond: &[f32]) {
        let world = self.head.place(Mesh {
            positions: vec![centre],
            ..Mesh::default()
        });
        let Some(&centre_world) = world.positions.first() else {
            return;
        };
        for position in points {
            let p = self.head.to_head(*position) - centre;
            let length = p.length();
            if !(1e-4..0.5).contains(&length) {
                continue;
            }
            let ray = p / length;
            let limit = cover
                .nearest(centre, ray, 0.3)
                .map(|t| t - UNDER_M)
                .or_else(|| {
                    beyond.iter().find_map(|angle| {
                        let raised = raised(ray, *angle)?;
                        let t = cover.nearest(centre, raised, 0.3)?;
                        Some(t - UNDER_M + FLARE * angle * t)
                    })
                });
            if let Some(limit) = limit
                && length > limit
            {
                let world = *position - centre_world;
                *position = centre_world + world * (limit / length);
            }
        }
    }

    /// Adds everything to the scene.
    pub(crate) fn add(self, builder: &mut SceneBuilder) {
        for piece in self.pieces {
            let material = builder.material(piece.material);
            builder.object(piece.name, piece.mesh, material);
        }
    }
}

/// A direction turned towards the crown by an angle.
fn raised(ray: Vec3, angle: f32) -> Option<Vec3> {
    let flat = Vec3::new(ray.x, 0.0, ray.z).try_normalize()?;
    let elevation = ray.y.atan2(ray.x.hypot(ray.z)) + angle;
    Some(flat * elevation.cos() + Vec3::Y * elevation.sin())
}

fn uniform(stream: &mut Stream) -> f32 {
    stream.uniform() as f32
}
