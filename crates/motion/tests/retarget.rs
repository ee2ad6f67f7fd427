//! A known motion, written with other people's names, rest poses, units and axes, comes back.
mod support;

use glam::{Quat, Vec3};
use motion::names::Mapping;
use motion::retarget::{Retargeted, retarget};
use motion::{Frame, Joint, Side, Skeleton, bvh};
use support::person::{
    ACCLAIM, BIOVISION, BLENDER, MIXAMO, MOTION_BUILDER, Names, STRANGE, Zero, bvh as written,
    gymnastics,
};

fn learned(text: &str) -> Retargeted {
    let take = bvh::read(text.as_bytes()).expect("sound");
    let mapping = Mapping::detect(&take).expect("a person");
    retarget(&take, &mapping, "test").expect("a person")
}

/// The largest angle between a limb of the two, degrees, and the largest turn of a hand, head or foot against the other.
fn apart(made: &[Frame], known: &[Frame]) -> (f32, f32) {
    let body = Skeleton::reference();
    let (mut limbs, mut ends) = (0.0_f32, 0.0_f32);
    // A clip begins facing +z.
    let yaw = -known[0].yaw();
    for (made, known) in made.iter().zip(known) {
        let known = known.moved(yaw, Vec3::ZERO);
        let (a, b) = (body.stand(made), body.stand(&known));
        let (world_a, world_b) = (made.world(), known.world());
        for side in Side::BOTH {
            for (from, to) in [
                (Joint::UpperArm(side), Joint::LowerArm(side)),
                (Joint::LowerArm(side), Joint::Hand(side)),
                (Joint::UpperLeg(side), Joint::LowerLeg(side)),
                (Joint::LowerLeg(side), Joint::Foot(side)),
            ] {
                let [x, y] = [&a, &b].map(|s| s.place(to) - s.place(from));
                limbs = limbs.max(x.angle_between(y).to_degrees());
            }
            for joint in [Joint::Head, Joint::Chest, Joint::Hand(side)] {
                let turn = world_a[joint.index()].angle_between(world_b[joint.index()]);
                ends = ends.max(turn.to_degrees());
            }
            // The written foot points to its second toe, ours to the middle of five: 6°.
            let foot = Joint::Foot(side).index();
            let turn = world_a[foot].angle_between(world_b[foot]).to_degrees();
            ends = ends.max(turn - 6.1);
        }
    }
    (limbs, ends)
}

fn check(names: &Names, zero: Zero, unit: f32, world: Quat, said: &str, most: (f32, f32)) {
    let known = gymnastics(60);
    let made = learned(&written(names, zero, unit, world, 30.0, &known));
    assert_eq!(made.unit.name, said);
    assert_eq!(made.clip.frames.len(), known.len());
    let (limbs, ends) = apart(&made.clip.frames, &known);
    assert!(
        limbs < most.0 && ends < most.1,
        "{} {zero:?}: limbs {limbs}°, ends {ends}°",
        names.trunk[0]
    );
    for (made, known) in made.clip.frames.iter().zip(&known) {
        assert!(
            (made.root.y - known.root.y).abs() < 0.03,
            "{} {}",
            made.root,
            known.root
        );
    }
}

#[test]
fn every_family_of_names_comes_back() {
    for (names, unit, said) in [
        (MOTION_BUILDER, 100.0, "centimetre"),
        (MIXAMO, 100.0, "centimetre"),
        (BIOVISION, 39.37, "inch"),
        (ACCLAIM, 17.717, "CMU unit"),
        (BLENDER, 1.0, "metre"),
    ] {
        check(
            &names,
            Zero::Upright(90.0),
            unit,
            Quat::IDENTITY,
            said,
            (1.0, 3.0),
        );
    }
}

#[test]
fn rest_poses_do_not_matter() {
    for zero in [Zero::Upright(90.0), Zero::Upright(45.0), Zero::Upright(0.0)] {
        check(
            &MOTION_BUILDER,
            zero,
            100.0,
            Quat::IDENTITY,
            "centimetre",
            (1.0, 3.0),
        );
    }
    // Where the zero pose says nothing, heads and hands are told by what is usual.
    check(
        &MOTION_BUILDER,
        Zero::Heap,
        100.0,
        Quat::IDENTITY,
        "centimetre",
        (1.0, 20.0),
    );
}

#[test]
fn upright_axis_and_facing_do_not_matter() {
    let z_up = Quat::from_rotation_x(std::f32::consts::FRAC_PI_2);
    check(
        &MOTION_BUILDER,
        Zero::Upright(90.0),
        1000.0,
        z_up,
        "millimetre",
        (1.0, 3.0),
    );
    let turned = Quat::from_rotation_y(2.0);
    check(
        &MOTION_BUILDER,
        Zero::Upright(90.0),
        100.0,
        turned,
        "centimetre",
        (1.0, 3.0),
    );
}

#[test]
fn standing_feet_are_found_and_stay() {
    let known = gymnastics(90);
    let made = learned(&written(
        &MOTION_BUILDER,
        Zero::Upright(90.0),
        100.0,
        Quat::IDENTITY,
        30.0,
        &known,
    ));
    assert_eq!(
        made.clip.contacts.len(),
        4,
        "two heels, two balls: {:?}",
        made.clip.contacts
    );
    for contact in &made.clip.contacts {
        assert!(contact.to_s - contact.from_s > 2.8, "{contact:?}");
    }
    let body = Skeleton::reference();
    let unit = body.hip_height_m();
    for i in 0..90 {
        let at = i as f32 / 30.0;
        let stance = body.stand(&made.clip.planted_at(at, &body));
        for contact in &made.clip.contacts {
            if contact.sole != motion::clip::Sole::Heel {
                continue;
            }
            let foot = Joint::Foot(contact.side);
            let heel = stance.place(foot)
                + stance.turn(foot) * body.rest(foot) * body.heel_m(contact.side);
            let off = heel - contact.place * unit;
            assert!(
                off.length() < 4e-3,
                "frame {i}: the heel is {off} from its place"
            );
        }
    }
}

#[test]
fn strange_names_want_a_map_and_get_one() {
    let text = written(
        &STRANGE,
        Zero::Upright(90.0),
        100.0,
        Quat::IDENTITY,
        30.0,
        &gymnastics(30),
    );
    let take = bvh::read(text.as_bytes()).expect("sound");
    let error = Mapping::detect(&take).expect_err("nobody knows these names");
    assert_eq!(
        error.to_string(),
        "this is not a person as far as the names of its 22 joints tell"
    );
    let mut map = String::from("head: f\n");
    for (side, number) in [("right", 9), ("left", 8)] {
        for (ours, theirs) in [
            ("clavicle", "g"),
            ("upper_arm", "h"),
            ("lower_arm", "i"),
            ("hand", "j"),
            ("upper_leg", "k"),
            ("lower_leg", "m"),
            ("foot", "n"),
            ("toes", "o"),
        ] {
            map.push_str(&format!("{side}_{ours}: {theirs}{number}\n"));
        }
    }
    let mapping = Mapping::from_map(&take, &map).expect("all are named");
    assert_eq!(mapping.found(), 20);
    for (wrong, said) in [
        (
            "head: f\ntail: g8\n",
            "the map speaks of `tail`, which is no joint of a person",
        ),
        (
            "head: nobody\n",
            "the map says `head` is `nobody`, which is not in the clip",
        ),
        ("head: f\n", "the skeleton has no joint for right_upper_leg"),
        ("head: f\nhead: g8\n", "line 2: the map names `head` twice"),
        (
            "- head\n",
            "line 1: a map has one name of ours and one of theirs a line",
        ),
        ("head: 'f\n", "line 2: the map is not valid YAML"),
    ] {
        let error = Mapping::from_map(&take, wrong).expect_err("wrong");
        assert_eq!(error.to_string(), said);
    }
}
