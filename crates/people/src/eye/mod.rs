//! Eyes for cameras that come close: an eyeball with the surfaces that an eye has.
//!
//! A sclera, a cornea that bends the view, and behind it, in a chamber, an iris with an open pupil. The pack's eyes are balls with painted irises
//! under a straight sheet; that is enough for faces and costs less, so the pixels across an iris decide. Dimensions are those of schematic eyes
//! (Gullstrand; Atchison & Smith 2000, "Optics of the Human Eye"); the ball's and the iris' radii are the person's own.
//!
//! The cornea is one boundary: its front surface, with the keratometric index 1.3375, which stands for cornea (1.376) and aqueous humour (1.336)
//! together, back surface included (Olsen 1986). `form` is its shape, `globe` the meshes, `paint` iris and sclera, `lids` what the bulge does to the
//! lids, `edge` the lids' rims, `tears` the film along the lower one, `lashes` what grows on both.
mod edge;
mod form;
mod globe;
mod lashes;
mod lids;
mod paint;
mod tears;

use std::sync::Arc;

use body::BodyModel;
use glam::{DMat3, DQuat, DVec3, Vec3};
use population::row::{Row, RowError};
use population::stream::{Seed, Stream, Streams};
use scene::camera::Band;
use scene::material::{Bump, Interior, NearInfrared};
use scene::mesh::{Mesh, Part};
use scene::{Camera, Fibres, Material, annotation};

use crate::attributes::EYE_COLOURS;
use crate::iris::{EyeColour, Sclera};
use crate::person::{Eyeballs, Person};
use crate::stage::{PlacedSkin, SceneBuilder};
use edge::Edges;
use form::{Form, Globe};

/// From this many pixels across an iris on, an eye is drawn as a body: below, a cornea moves the pupil's rim by less than a pixel.
const CLOSE_PX: f64 = 40.0;

/// Both eyes of a person.
pub(crate) struct Eyes {
    /// Right, then left.
    globes: [Globe; 2],
    /// Whether they are drawn as bodies, and not as the pack's balls.
    pub(crate) close: bool,
    /// Radius of the pupils against that of the irises.
    pub(crate) pupil_shares: [f64; 2],
    /// The pupils' middles on the pack's balls.
    painted_pupils: [DVec3; 2],
    band: Band,
}

/// What labels know of the lids of one eye; places in the world.
pub(crate) struct Lids {
    pub(crate) upper: DVec3,
    pub(crate) lower: DVec3,
    pub(crate) inner_corner: DVec3,
    pub(crate) outer_corner: DVec3,
    pub(crate) opening: f64,
}

impl Eyes {
    /// The eyes of a person before a camera.
    ///
    /// # Errors
    /// [`RowError`] when the row lacks an attribute.
    pub(crate) fn new(
        row: &Row,
        person: &Person,
        eyeballs: &Eyeballs,
        model: &BodyModel,
        camera: &Camera,
    ) -> Result<Self, RowError> {
        let positions = person.wear(model, &eyeballs.item);
        let irises = eyeballs.iris_radii(&positions);
        let balls = eyeballs.ball_radii(&positions, person.eyes.map(|eye| eye.centre));
        let pupils = eyeballs.pupils(&positions);
        let radius = row.number("eyes.pupil_mm")? / 2000.0;
        // A child's iris is hardly smaller than an adult's; the widest pupil still leaves a ring of it.
        let pupil_shares = irises.map(|iris| (radius / iris).clamp(0.15, 0.75));
        // What is the person's own is the same in every picture of the identity.
        let mut optics = own(row)?.stream("eyes/optics");
        let curvature = optics.normal_within(7.8e-3, 0.2e-3, 7.3e-3, 8.3e-3);
        let kappa_deg = [
            optics.normal_within(5.0, 1.2, 1.5, 8.0),
            optics.normal_within(1.5, 0.8, -1.0, 4.0),
        ];
        let straight = person.world_from_head;
        let globes = [0, 1].map(|side| {
            let eye = person.eyes[side];
            let turn = DQuat::from_rotation_arc(straight.z_axis, eye.axis);
            Globe {
                centre: eye.centre,
                world_from_eye: DMat3::from_quat(turn) * straight,
                straight_ahead: straight.z_axis,
                side,
                kappa_deg,
                form: Form::new(
                    balls[side],
                    irises[side],
                    irises[side] * pupil_shares[side],
                    curvature,
                ),
            }
        });
        let painted_pupils = [0, 1].map(|side| {
            let eye = person.eyes[side];
            eye.centre + eye.axis * (pupils[side].as_dvec3() - eye.centre).dot(eye.axis)
        });
        let close = globes.iter().any(|globe| is_close(camera, globe));
        Ok(Self {
            globes,
            close,
            pupil_shares,
            painted_pupils,
            band: camera.band,
        })
    }

    /// Moves what lies on the eyeballs out of the corneas' way, where eyes are drawn as bodies.
    pub(crate) fn conform(&self, points: &mut [Vec3]) {
        if self.close {
            for globe in &self.globes {
                lids::conform(globe, points);
            }
        }
    }

    /// Adds both eyes to a scene; `skin` has the lids.
    ///
    /// # Errors
    /// [`RowError`] when the row lacks an attribute.
    pub(crate) fn add(
        &self,
        builder: &mut SceneBuilder,
        row: &Row,
        skin: &PlacedSkin,
    ) -> Result<(), RowError> {
        let name = row.category("eyes.colour")?;
        let colour = EYE_COLOURS
            .iter()
            .find(|(known, ..)| *known == name)
            .map_or(EyeColour::Brown, |(.., colour)| *colour);
        let white = Sclera::typical(row.number("age_years")?);
        let own = own(row)?;
        let film = builder.material(film());
        let cornea = builder.material(cornea());
        let pupil = builder.material(pupil());
        let lash = builder.material(lash());
        let longer = match row.category("lashes.style")? {
            "lash01" => 0.85,
            "lash02" => 1.0,
            "lash03" => 1.15,
            _ => 0.95,
        };
        for globe in &self.globes {
            let side = ["right", "left"][globe.side];
            let draws = |what: &str| own.stream(&format!("eyes/{what}/{side}"));
            let iris = builder.material(self.iris(colour, &mut draws("iris")));
            let sclera = builder.material(self.sclera(globe, white, &mut draws("sclera")));
            let mut add = |name: &str, mesh: Mesh, material| {
                builder.object(&format!("eyes/{side}/{name}"), mesh, material);
            };
            add("sclera", globe::sclera(globe), sclera);
            add("iris", globe::iris(globe), iris);
            add("pupil", globe::pupil(globe), pupil);
            add("cornea", globe::cornea(globe), cornea);
            let Some(edges) = Edges::new(globe.side, &skin.points) else {
                continue;
            };
            add("tears", tears::along_lower_lid(globe, &edges), film);
            builder.fibres.push(Fibres {
                name: format!("eyes/{side}/lashes"),
                strands: lashes::of(globe, &edges, longer, &mut draws("lashes")),
                material: lash,
                instance: builder.instance,
                part: [Part::RightLashes, Part::LeftLashes][globe.side],
            });
        }
        Ok(())
    }

    /// What labels are made from.
    pub(crate) fn annotate(&self, side: usize, lids: &Lids) -> annotation::Eye {
        let globe = &self.globes[side];
        let form = &globe.form;
        let (pupil, iris, iris_radius_m, index) = if self.close {
            (
                globe.on_axis(form.iris_z(form.pupil_radius)),
                globe.on_axis(form.root_z),
                form.root_radius,
                form::INDEX,
            )
        } else {
            (
                self.painted_pupils[side],
                globe.on_axis(form.limbus_z),
                form.limbus_radius,
                1.0,
            )
        };
        annotation::Eye {
            centre: globe.centre,
            optical_axis: globe.world_from_eye.z_axis,
            pupil,
            iris_radius_m,
            pupil_radius_m: form.pupil_radius,
            upper_lid: lids.upper,
            lower_lid: lids.lower,
            inner_corner: lids.inner_corner,
            outer_corner: lids.outer_corner,
            opening: lids.opening,
            cornea: globe.cornea(index),
            limbus: globe.on_axis(form.limbus_z),
            limbus_radius_m: form.limbus_radius,
            iris,
            visual_axis: globe.visual_axis(),
        }
    }

    fn iris(&self, colour: EyeColour, own: &mut Stream) -> Material {
        let infrared = self.band == Band::NearInfrared;
        Material {
            name: "iris".into(),
            ..painted(
                paint::iris(colour, own, infrared),
                infrared,
                paint::RELIEF_M,
            )
        }
    }

    fn sclera(&self, globe: &Globe, white: Sclera, own: &mut Stream) -> Material {
        let infrared = self.band == Band::NearInfrared;
        let form = &globe.form;
        let limbus = (form.limbus_radius / form.sclera_radius).min(1.0).asin() as f32;
        let texture = paint::sclera(white, limbus, form.sclera_radius, own, infrared);
        Material {
            name: "sclera".into(),
            // A film of tears over a rough surface breaks mirror images up.
            roughness: 0.09,
            specular: 1.0,
            ior: 1.336,
            ..painted(texture, infrared, 60e-6)
        }
    }
}

fn own(row: &Row) -> Result<Streams, RowError> {
    Ok(Streams::new(
        Seed(row.integer("identity")?.unsigned_abs()),
        0,
    ))
}

/// Whether a camera sees an iris large enough for its optics to matter.
fn is_close(camera: &Camera, globe: &Globe) -> bool {
    camera.project(globe.centre).is_some_and(|(_, depth)| {
        camera.focal_px.max_element() * 2.0 * globe.form.limbus_radius / depth.abs().max(1e-3)
            >= CLOSE_PX
    })
}

/// A matt surface under water, whose own mirroring the cornea's stands for.
fn painted(painted: paint::Painted, infrared: bool, relief_m: f32) -> Material {
    let colour = Arc::new(painted.colour);
    Material {
        base_color: Vec3::ONE,
        near_infrared: infrared.then(|| NearInfrared::Painted(Arc::clone(&colour))),
        base_color_texture: Some(colour),
        roughness: 0.6,
        specular: 0.0,
        ior: 1.376,
        bump: Some(Bump {
            height: Arc::new(painted.relief),
            scale_m: relief_m,
        }),
        ..Material::default()
    }
}

/// A hole: what enters comes back to where it came from, which is beside the lens.
fn pupil() -> Material {
    Material {
        name: "pupil".into(),
        base_color: Vec3::splat(0.004),
        specular: 0.0,
        near_infrared: Some(NearInfrared::Reflectance(0.02)),
        ..Material::default()
    }
}

fn cornea() -> Material {
    Material {
        name: "cornea".into(),
        base_color: Vec3::ONE,
        roughness: 0.02,
        ior: form::INDEX as f32,
        interior: Interior::ThinClear { tint: Vec3::ONE },
        bends_view: true,
        ..Material::default()
    }
}

/// Lashes keep their pigment longer than all other hair.
fn lash() -> Material {
    Material {
        name: "lashes".into(),
        base_color: Vec3::new(0.03, 0.02, 0.014),
        roughness: 0.3,
        ior: 1.55,
        interior: Interior::Hair {
            azimuthal_roughness: 0.3,
            scale_tilt: 2_f32.to_radians(),
        },
        near_infrared: Some(NearInfrared::Reflectance(0.07)),
        ..Material::default()
    }
}

/// Tears.
fn film() -> Material {
    Material {
        name: "tears".into(),
        base_color: Vec3::ONE,
        roughness: 0.08,
        ior: 1.336,
        interior: Interior::ThinClear { tint: Vec3::ONE },
        ..Material::default()
    }
}
