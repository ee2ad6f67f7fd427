//! Puts glasses on a person: where they sit, and which.

use glam::Vec3;
use population::row::{Row, RowError};
use population::stream::{Seed, Streams};
use scene::mesh::Part;

use crate::beard::strands::HeadAxes;
use crate::eyewear::{Design, Fit, build};
use crate::person::Person;
use crate::stage::{PlacedSkin, SceneBuilder};
use body::BodyModel;
use body::tables::{FACES, LANDMARKS, ride};

/// From the eye's centre of rotation to the cornea's front, metres, on an adult's eye.
const CORNEA_FRONT_M: f32 = 0.0135;

/// The highest base-mesh vertices that an ear shares with the rest of the head, right then left.
pub(crate) fn ear_roots(model: &BodyModel) -> [u32; 2] {
    [Part::RightEar, Part::LeftEar].map(|ear| {
        let corners = |wanted: bool| {
            model
                .quads
                .iter()
                .zip(FACES.iter())
                .filter(move |(_, (part, _))| (*part == ear) == wanted)
                .flat_map(|(quad, _)| quad[..4].iter().copied())
        };
        let outside: std::collections::BTreeSet<u32> = corners(false).collect();
        let height = |vertex: u32| model.base.get(vertex as usize).map_or(f32::MIN, |p| p.y);
        corners(true)
            .filter(|vertex| outside.contains(vertex))
            .max_by(|a, b| height(*a).total_cmp(&height(*b)))
            .unwrap_or(0)
    })
}

/// Builds the row's glasses, if any, clear of skin and of what else they rest on; which pair a person owns belongs to their identity.
pub(crate) fn add(
    builder: &mut SceneBuilder,
    row: &Row,
    person: &Person,
    skin: &PlacedSkin,
    ears: [u32; 2],
    rests_on: &[Vec3],
) -> Result<(), RowError> {
    let dark = match row.category("eyewear")? {
        "glasses" => false,
        "sunglasses" => true,
        _ => return Ok(()),
    };
    let mut own = Streams::new(Seed(row.integer("identity")?.unsigned_abs()), 0).stream("eyewear");
    let design = Design::draw(dark, &mut || own.uniform());
    let axes = HeadAxes {
        left: person.world_from_head.x_axis.as_vec3(),
        up: person.world_from_head.y_axis.as_vec3(),
        forward: person.world_from_head.z_axis.as_vec3(),
    };
    let corneas = person
        .eyes
        .map(|eye| eye.centre.as_vec3() + axes.forward * CORNEA_FRONT_M);
    let bridge = LANDMARKS
        .points
        .get(27)
        .map_or(Vec3::ZERO, |point| ride(&skin.points, point));
    let near: Vec<Vec3> = skin
        .points
        .iter()
        .chain(rests_on)
        .copied()
        .filter(|p| (*p - bridge).length() < 0.16)
        .collect();
    let fit = Fit {
        axes,
        corneas,
        bridge,
        ears: ears.map(|vertex| skin.points[vertex as usize]),
        skin: &near,
    };
    let glasses = build(&fit, &design);
    let material = builder.material(glasses.frame_material);
    builder.object("glasses/frame", glasses.frame, material);
    let material = builder.material(glasses.lens_material);
    builder.object("glasses/lenses", glasses.lenses, material);
    Ok(())
}
