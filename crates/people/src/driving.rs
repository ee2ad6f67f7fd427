//! Drivers: what they do at the wheel, and the car that is built around them.

use body::BodyModel;
use body::region::Region;
use glam::{DVec3, Vec3, Vec3A};
use motion::action::{Act, Base, Doing, Driving};
use motion::{Side, Skeleton};
use places::Place;
use places::cabin::{self, Driver, Mount, Wheel};
use population::row::{Row, RowError};
use population::stream::Streams;
use scene::{Camera, Object};

use crate::person::Person;
use crate::posture::{ACTION_S, Held};
use crate::wardrobe::Wearing;

/// What drivers do: the classes that drivers' cameras are to tell apart.
pub(crate) const ACTIVITIES: &[(&str, &str)] = &[
    ("attentive", "both hands on the wheel"),
    (
        "one_handed",
        "driver.hand rests on the thigh, the other one is on the wheel",
    ),
    ("phoning", "a telephone at the ear, in driver.hand"),
    (
        "texting",
        "a telephone in driver.hand before the chest, the head bent towards it",
    ),
    ("drinking", "a moment of drinking from a cup in driver.hand"),
    (
        "adjusting",
        "driver.hand is at the screen of the centre stack, or at the door's side",
    ),
];

/// How a driver is held so many seconds after the sequence began; the wheel is where the arms want it.
pub(crate) fn held(
    row: &Row,
    body: &Skeleton,
    streams: &Streams,
    time_s: f64,
) -> Result<Held, RowError> {
    let size = row.number("height_cm")? as f32 / 170.0;
    let stout = ((row.number("bmi_kg_m2")? as f32 - 22.0) * 0.0075).clamp(-0.02, 0.25) * size;
    let mut driver = Driving::draw(body, stout, streams);
    if row.category("place.kind")? == "cabin" && row.category("camera.target")? == "head" {
        // The camera stands around a point a little below the eyes.
        let below = DVec3::NEG_Y * 0.025;
        let lens = photography::camera::lens_position(row, below, glam::DMat3::IDENTITY)?.as_vec3();
        driver.clear_view(body, lens, streams);
    }
    let side = match row.category("driver.hand")? {
        "left" => Side::Left,
        _ => Side::Right,
    };
    let wheel = driver.wheel;
    let beside = |x: f32, up: f32, ahead: f32| Vec3::new(side.sign() * x, up, ahead);
    let doing = match row.category("driver.activity")? {
        "phoning" => Doing::Phoning { side },
        "texting" => Doing::Reading { side },
        "drinking" => Doing::Drinking {
            side,
            cup_m: beside(0.3, driver.seat_m + 0.3, 0.32),
        },
        "adjusting" => Doing::Reaching {
            side,
            place_m: beside(0.37, wheel.place_m.y + 0.03, wheel.place_m.z + 0.12),
        },
        "one_handed" => {
            driver.hands[usize::from(side == Side::Left)] = None;
            Doing::Nothing
        }
        _ => Doing::Nothing,
    };
    let act = Act::new(body, Base::Driving(driver), doing, ACTION_S, streams);
    let began_s = row.number("pose.moment")? as f32 * act.seconds();
    let turned = act.wheel_turn(began_s + time_s as f32);
    Ok(Held {
        wheel: Some(Wheel {
            place: wheel.place_m,
            radius_m: wheel.radius_m,
            tilt: wheel.tilt,
            turned,
        }),
        ..Held::of(&act, began_s, time_s as f32)
    })
}

/// The car around a person; `objects` are what is in the scene of them.
pub(crate) fn cabin(
    row: &Row,
    camera: &Camera,
    model: &BodyModel,
    person: &Person,
    wearing: &Wearing,
    objects: &[Object],
) -> Result<Place, RowError> {
    // The car does not move with its driver: it is built around how they sit half-way through a sequence.
    let stance = person.aim(model);
    let joint = |name: &str| stance.joint(name).as_vec3();
    let hips = (joint("upperleg01.R") + joint("upperleg01.L")) * 0.5;
    let [right, left] = stance.eyes().map(DVec3::as_vec3);
    let eyes = (right + left) * 0.5;
    let head = if person.life.goes_on() {
        let rest = &person.figure.positions;
        let [right, left] =
            ["eye.R", "eye.L"].map(|eye| model.rig.joint(eye, rest).unwrap_or_default());
        let moved = eyes - (right + left) * 0.5;
        let [low, high] = bounds(model, rest, (right + left) * 0.5);
        [low + moved, high + moved + Vec3::Y * HAIR_M]
    } else {
        let [low, mut high] = bounds(model, &person.posed, eyes);
        // Hair and hats rise above.
        let near = Vec3A::new(0.22, 0.5, 0.3);
        let own = objects.iter().filter(|object| object.instance != 0);
        for p in own.flat_map(|object| &object.mesh.positions) {
            if Vec3A::from(*p - eyes).abs().cmple(near).all() {
                high.y = high.y.max(p.y);
            }
        }
        [low, high]
    };
    let mount = match row.category("camera.rig")? {
        "cabin/dashboard" => Mount::Cluster,
        "cabin/steering_column" => Mount::SteeringColumn,
        "cabin/a_pillar" => Mount::APillar,
        "cabin/centre_stack" => Mount::CentreStack,
        "cabin/mirror" => Mount::Mirror,
        "cabin/roof" => Mount::Roof,
        _ => Mount::Free,
    };
    Ok(cabin::build(&cabin::Setting {
        seed: row.integer("place.seed")?.unsigned_abs(),
        driver: Driver {
            hips,
            neck: joint("neck01"),
            eyes,
            knees: ["R", "L"].map(|side| joint(&format!("lowerleg01.{side}"))),
            head,
            trunk: trunk(model, person, wearing),
            wheel: person.held.as_ref().and_then(|held| held.wheel),
            is_belted: row.category("driver.belt")? == "worn",
        },
        steers_left: row.category("place.drive")? == "left",
        camera: camera.position,
        mount,
    }))
}

/// How far hair may rise above a head that moves, metres.
const HAIR_M: f32 = 0.06;

/// The box around a head's skin and a point of it.
fn bounds(model: &BodyModel, positions: &[Vec3], point: Vec3) -> [Vec3; 2] {
    let faces = model.quads.iter().zip(&model.regions);
    let head = faces.filter(|(_, region)| **region == Region::Head);
    head.flat_map(|(quad, _)| &quad[..4])
        .map(|&v| positions[v as usize])
        .fold([point; 2], |[low, high], p| [low.min(p), high.max(p)])
}

/// Skin and clothes of trunk and thighs.
fn trunk(model: &BodyModel, person: &Person, wearing: &Wearing) -> Vec<[Vec3; 3]> {
    let is_trunk = |region: &Region| matches!(region, Region::Trunk | Region::Thigh(_));
    let mut faces = Vec::new();
    let mut add = |corners: [Vec3; 4]| {
        let [a, b, c, d] = corners;
        faces.extend([[a, b, c], [a, c, d]]);
    };
    for (quad, region) in model.quads.iter().zip(&model.regions) {
        if is_trunk(region) {
            add([0, 1, 2, 3].map(|i| person.posed[quad[i] as usize]));
        }
    }
    let clothes = &wearing.clothes;
    let (regions, positions) = (clothes.regions(&model.rig), person.wear(model, clothes));
    for quad in &clothes.quads {
        if quad[..4].iter().all(|&v| is_trunk(&regions[v as usize])) {
            add([0, 1, 2, 3].map(|i| positions[quad[i] as usize]));
        }
    }
    faces
}
