//! What labels of a person are made from: points, frames and measures on who is in a scene.

use glam::DVec3;
use population::row::{Row, RowError};
use scene::annotation::{self, Region};
use scene::mesh::Part;

use crate::eye::{Eyes, Lids};
use crate::person::Person;
use crate::stage::{PeopleStage, PlacedSkin, between_eyes};
use body::measure::measure;
use body::tables::{FACES, LANDMARKS, ride};

impl PeopleStage {
    /// What labels of a person are made from.
    pub(crate) fn annotate(
        &self,
        row: &Row,
        person: &Person,
        skin: &PlacedSkin,
        eyes: &Eyes,
        instance: u16,
    ) -> Result<annotation::Person, RowError> {
        let surface = |points: &[(u32, f32)]| annotation::SurfacePoint {
            position: ride(&skin.points, points).as_dvec3(),
            normal: ride(&skin.normals, points)
                .as_dvec3()
                .normalize_or(DVec3::Z),
        };
        let vertex = |v: u32| skin.points[v as usize].as_dvec3();
        let lids = &LANDMARKS.eyes;
        let eyes = [0, 1].map(|side| {
            let (upper, lower) = (
                vertex(lids.upper_middle.side(side)),
                vertex(lids.lower_middle.side(side)),
            );
            let neutral = {
                let at = |v: u32| person.figure.positions[v as usize].as_dvec3();
                (at(lids.upper_middle.side(side)) - at(lids.lower_middle.side(side))).length()
            };
            let across = (upper - lower).dot(person.world_from_head.y_axis);
            eyes.annotate(
                side,
                &Lids {
                    upper,
                    lower,
                    inner_corner: vertex(lids.inner_corner.side(side)),
                    outer_corner: vertex(lids.outer_corner.side(side)),
                    opening: (across / neutral.max(1e-6)).max(0.0),
                },
            )
        });
        let origin = between_eyes(person);
        let to_head = person.world_from_head.transpose();
        let (mut low, mut high) = (DVec3::MAX, DVec3::MIN);
        for (index, quad) in self.model.quads.iter().enumerate() {
            if FACES.get(index).is_some_and(|(part, _)| {
                !matches!(part, Part::Neck | Part::BodySkin | Part::MouthInterior)
            }) {
                for &v in &quad[..4] {
                    let local = to_head * (person.posed[v as usize].as_dvec3() - origin);
                    low = low.min(local);
                    high = high.max(local);
                }
            }
        }
        Ok(annotation::Person {
            instance,
            head: annotation::Head {
                origin,
                world_from_head: person.world_from_head,
                low,
                high,
            },
            eyes,
            landmarks_68: LANDMARKS
                .points
                .iter()
                .map(|point| surface(point))
                .collect(),
            face_region: Region {
                object: skin.object,
                triangles: skin.shape.front.clone(),
            },
            keypoints: self
                .keypoints
                .of(
                    &self.model,
                    &person.figure.positions,
                    &person.skeleton,
                    &person.posed,
                    person.offset,
                )
                .into_iter()
                .map(|point| annotation::Keypoint {
                    position: point.position.as_dvec3(),
                    inset_m: f64::from(point.inset_m),
                })
                .collect(),
            joints: self
                .model
                .rig
                .joints(&person.skeleton)
                .map(|(name, position)| annotation::Joint {
                    name: name.to_owned(),
                    position: (position + person.offset).as_dvec3(),
                })
                .collect(),
            action: annotation::Action {
                name: row.category("pose.posture")?.to_owned(),
                phase: person.held.as_ref().and_then(|held| held.phase.clone()),
            },
            perclos: person.life.perclos,
            measured: [
                ("height_cm", person.figure.height_cm),
                ("bmi_kg_m2", person.figure.bmi_kg_m2),
                ("mass_kg", person.figure.mass_kg),
            ]
            .into_iter()
            .chain(measure(&self.model, &person.figure.positions))
            .collect(),
        })
    }
}
