//! From a scene and its frame to the labels of a sample.

use population::{Row, Value, sequence};
use render::{Layers, Tracer};
use scene::Scene;
use scene::annotation::Person;

use crate::annotations::{
    Action, Attribute, Attributes, CameraLabel, Moment, PersonLabels, Phase, SampleLabels, VERSION,
    seconds, unit,
};
use crate::damage::DamageMasks;
use crate::kind::{LabelKind, LabelSet};
use crate::sight::Sight;
use crate::{boxes, eyes, landmark, pose, product, vehicle};

/// All labels of one sample that are not pictures.
///
/// `layers` and `tracer` are those of `scene`: boxes are tight around the layers' pixels, and a landmark's visibility is proven by a ray
/// of the tracer. `row` is stored beside the labels. `damages` are masks of the same scene, where damages are wanted. Kinds that `wanted` lacks are left out.
///
/// # Determinism
/// A pure function of its arguments.
pub fn annotate(
    scene: &Scene,
    layers: &Layers,
    tracer: &Tracer<'_>,
    row: &Row,
    wanted: LabelSet,
    damages: Option<&DamageMasks>,
) -> SampleLabels {
    let sight = Sight {
        tracer,
        camera: &scene.camera,
    };
    SampleLabels {
        version: VERSION,
        sample: row.index,
        origin: row.origin,
        width_px: scene.camera.width_px,
        height_px: scene.camera.height_px,
        labels: wanted.iter().map(|kind| kind.name().to_owned()).collect(),
        attributes: Attributes(
            row.values()
                .iter()
                .map(|(name, value)| ((*name).to_owned(), attribute(value)))
                .collect(),
        ),
        moment: moment(row),
        camera: wanted
            .has(LabelKind::Camera)
            .then(|| CameraLabel::of(&scene.camera)),
        people: scene
            .annotations
            .people
            .iter()
            .map(|one| person(scene, layers, &sight, one, wanted))
            .collect(),
        vehicles: scene
            .annotations
            .vehicles
            .iter()
            .map(|one| vehicle::of(scene, layers, tracer, one, damages, wanted))
            .collect(),
        products: scene
            .annotations
            .products
            .iter()
            .map(|one| product::of(layers, scene.camera.width_px as usize, one, damages, wanted))
            .collect(),
    }
}

fn person(
    scene: &Scene,
    layers: &Layers,
    sight: &Sight<'_, '_>,
    one: &Person,
    wanted: LabelSet,
) -> PersonLabels {
    PersonLabels {
        instance: one.instance,
        boxes: wanted
            .has(LabelKind::Boxes)
            .then(|| boxes::of(scene, layers, one)),
        landmarks: wanted
            .has(LabelKind::Landmarks)
            .then(|| landmark::x_ray(scene, one, sight)),
        contour_landmarks: wanted
            .has(LabelKind::ContourLandmarks)
            .then(|| landmark::contour(scene, one, sight)),
        keypoints: wanted
            .has(LabelKind::Keypoints)
            .then(|| landmark::whole_body(scene, one, sight)),
        hands: wanted
            .has(LabelKind::Hands)
            .then(|| landmark::hands(scene, layers, one, sight)),
        head_pose: wanted
            .has(LabelKind::HeadPose)
            .then(|| pose::head(&scene.camera, &one.head)),
        gaze: wanted.has(LabelKind::Gaze).then(|| {
            one.eyes
                .map(|eye| pose::gaze(&scene.camera, &one.head, &eye))
        }),
        eyelids: wanted
            .has(LabelKind::Eyelids)
            .then(|| one.eyes.map(|eye| pose::eyelids(&eye))),
        perclos: one
            .perclos
            .filter(|_| wanted.has(LabelKind::Eyelids))
            .map(unit),
        visible_share: None,
        action: wanted.has(LabelKind::Action).then(|| action(&one.action)),
        eyes: wanted.has(LabelKind::Eyes).then(|| {
            one.eyes
                .each_ref()
                .map(|eye| eyes::of(scene, sight.tracer, one, eye))
        }),
        measured: Attributes(
            one.measured
                .iter()
                .map(|(name, value)| ((*name).to_owned(), Attribute::Number(*value)))
                .collect(),
        ),
    }
}

/// Where a row lies in its sequence; `None` for single pictures, and for stages that know no time.
fn moment(row: &Row) -> Option<Moment> {
    let of = sequence::Moment::of(row).ok().flatten()?;
    Some(Moment {
        sequence: row.index / of.frames,
        frame: of.frame,
        frames: of.frames,
        time_s: of.time_s,
        fps: row.number(sequence::FPS).ok()?,
    })
}

fn action(of: &scene::annotation::Action) -> Action {
    Action {
        name: of.name.clone(),
        phase: of.phase.as_ref().map(|phase| Phase {
            name: phase.name.clone(),
            from_s: seconds(phase.from_s),
            to_s: seconds(phase.to_s),
        }),
    }
}

fn attribute(value: &Value) -> Attribute {
    match value {
        Value::Number(value) => Attribute::Number(*value),
        Value::Integer(value) => Attribute::Integer(*value),
        Value::Category(value) => Attribute::Category(value.clone()),
        Value::Mix(values) => Attribute::Mix(values.clone()),
    }
}
