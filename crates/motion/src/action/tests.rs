use glam::{Vec2, Vec3};
use population::{Seed, Streams};

use super::*;
use crate::joint::Joint;
use crate::turning::angle;

fn act(base: Base, doing: Doing) -> Act {
    let streams = Streams::new(Seed(11), 3);
    Act::new(&Skeleton::reference(), base, doing, 6.0, &streams)
}

const SEATED: Base = Base::Seated { seat_m: 0.45 };

/// At a wheel, as one of many drivers.
fn at_wheel(seed: u64, doing: Doing) -> Act {
    let streams = Streams::new(Seed(seed), 0);
    let body = Skeleton::reference();
    let driver = Driving::draw(&body, 0.0, &streams);
    Act::new(&body, Base::Driving(driver), doing, 6.0, &streams)
}

fn all() -> Vec<Act> {
    let side = Side::Right;
    let cup_m = Vec3::new(-0.3, 0.53, 0.32);
    let place_m = Vec3::new(-0.35, 0.65, 0.55);
    let mut all = all_but_driving();
    all.extend([
        at_wheel(1, Doing::Nothing),
        at_wheel(2, Doing::Nothing),
        at_wheel(3, Doing::Phoning { side: Side::Left }),
        at_wheel(4, Doing::Reading { side }),
        at_wheel(5, Doing::Drinking { side, cup_m }),
        at_wheel(6, Doing::Reaching { side, place_m }),
    ]);
    all
}

fn all_but_driving() -> Vec<Act> {
    let side = Side::Right;
    let path_m = vec![Vec2::ZERO, Vec2::new(0.0, 2.0), Vec2::new(1.5, 3.5)];
    let walking = Base::Walking {
        path_m,
        speed_m_per_s: 1.2,
    };
    let wheel = Doing::Steering {
        place_m: Vec3::new(0.0, 0.82, 0.42),
        radius_m: 0.18,
        tilt: 0.5,
    };
    let cup_m = Vec3::new(-0.2, 0.8, 0.35);
    vec![
        act(Base::Standing, Doing::Nothing),
        act(SEATED, Doing::Nothing),
        act(walking.clone(), Doing::Nothing),
        act(Base::Standing, Doing::Waving { side }),
        act(Base::Standing, Doing::Phoning { side: Side::Left }),
        act(walking, Doing::Phoning { side }),
        act(Base::Standing, Doing::Texting),
        act(SEATED, Doing::Drinking { side, cup_m }),
        act(
            SEATED,
            Doing::Typing {
                place_m: Vec3::new(0.0, 0.72, 0.42),
            },
        ),
        act(SEATED, wheel),
        act(
            Base::Standing,
            Doing::Taking {
                side,
                place_m: Vec3::new(-0.2, 1.3, 0.5),
                shape: CUP,
            },
        ),
        act(
            Base::Standing,
            Doing::Reaching {
                side,
                place_m: Vec3::new(-0.25, 1.5, 0.5),
            },
        ),
    ]
}

#[test]
fn hands_are_where_the_action_wants_them_and_joints_within_limits() {
    for act in all() {
        let (off, beyond) = act.missed_m();
        assert!(
            off < 0.02,
            "{:?} {:?}: a hand is {off} m away",
            act.base,
            act.doing
        );
        assert!(beyond < 0.05, "{:?}: {beyond} rad beyond limits", act.doing);
    }
}

#[test]
fn nothing_jumps() {
    for act in all() {
        let body = Skeleton::reference();
        let fps = 60.0;
        let mut before = body.stand(&act.frame_at(0.0));
        for i in 1..(act.seconds() * fps) as usize {
            let now = body.stand(&act.frame_at(i as f32 / fps));
            for joint in Joint::all() {
                let speed = now.place(joint).distance(before.place(joint)) * fps;
                assert!(
                    speed < 7.0,
                    "{:?}: {joint} goes {speed} m/s at frame {i}",
                    act.doing
                );
            }
            before = now;
        }
    }
}

#[test]
fn feet_stand_on_the_floor_and_stay_there() {
    let body = Skeleton::reference();
    for act in all() {
        let clip = act.clip(60.0);
        let unit = body.hip_height_m();
        for (i, frame) in clip.frames.iter().enumerate() {
            let stance = body.stand(frame);
            for side in Side::BOTH {
                let turn = stance.turn(Joint::Foot(side)) * body.rest(Joint::Foot(side));
                let ankle = stance.place(Joint::Foot(side));
                for offset in [body.heel_m(side), body.ball_m(side)] {
                    let y = (ankle + turn * offset).y;
                    assert!(y > -4e-3, "{:?}: {y} at {i}", act.base);
                }
                for contact in &clip.contacts {
                    let at = i as f32 / 60.0;
                    if contact.side != side
                        || at < contact.from_s + 0.02
                        || at > contact.to_s - 0.02
                    {
                        continue;
                    }
                    let offset = match contact.sole {
                        crate::clip::Sole::Heel => body.heel_m(side),
                        crate::clip::Sole::Ball => body.ball_m(side),
                    };
                    let off = ankle + turn * offset - contact.place * unit;
                    assert!(
                        off.length() < 0.012,
                        "{:?}: {off} at {at} of {contact:?}",
                        act.base
                    );
                }
            }
        }
    }
}

#[test]
fn knees_bend_forward() {
    for act in all() {
        for i in 0..60 {
            let frame = act.frame_at(act.seconds() * i as f32 / 60.0);
            for side in Side::BOTH {
                let knee = frame.turn(Joint::LowerLeg(side));
                let v = knee.to_scaled_axis();
                assert!(
                    v.x > -0.02 && v.y.abs() + v.z.abs() < 0.35 + 0.2 * angle(knee),
                    "{:?}: {v}",
                    act.base
                );
            }
        }
    }
}

#[test]
fn times_can_be_asked_for_in_any_order_and_seeds_differ() {
    let act = act(Base::Standing, Doing::Nothing);
    let (late, early) = (act.frame_at(3.0), act.frame_at(1.0));
    assert_eq!(early, act.frame_at(1.0));
    assert_eq!(late, act.frame_at(3.0));
    let other = Act::new(
        &Skeleton::reference(),
        Base::Standing,
        Doing::Nothing,
        6.0,
        &Streams::new(Seed(12), 3),
    );
    assert_ne!(late, other.frame_at(3.0));
}

#[test]
fn phases_follow_one_another() {
    for act in all() {
        let phases = act.phases();
        assert!(!phases.is_empty());
        for phase in &phases {
            assert!(
                phase.from_s < phase.to_s && phase.to_s <= act.seconds() + 1e-4,
                "{phase:?}"
            );
        }
        for pair in phases.windows(2) {
            assert!((pair[0].to_s - pair[1].from_s).abs() < 1e-5);
        }
    }
}

#[test]
fn a_cup_goes_to_the_mouth_and_back() {
    let cup_m = Vec3::new(-0.2, 0.8, 0.35);
    let act = act(
        SEATED,
        Doing::Drinking {
            side: Side::Right,
            cup_m,
        },
    );
    let at = |t: f32| act.prop_at(t * act.seconds()).expect("a cup");
    assert!(at(0.0).place_m.distance(cup_m) < 1e-4);
    assert!(at(1.0).place_m.distance(cup_m) < 1e-4);
    let frame = act.frame_at(0.5 * act.seconds());
    let (mouth, _) = hold::mouth(&Skeleton::reference(), &frame);
    let rim = at(0.5).place_m.distance(mouth);
    assert!(rim < 0.1, "{rim}");
    // It is not spilled on the way.
    for t in [0.25, 0.3, 0.35] {
        let up = at(t).turn * Vec3::Y;
        assert!(up.y > 0.9, "{up}");
    }
}

#[test]
fn no_limb_enters_another_part() {
    let (body, capsules) = (Skeleton::reference(), crate::contact::Capsules::reference());
    for act in all() {
        for i in 0..=40 {
            let frame = act.frame_at(act.seconds() * i as f32 / 40.0);
            let worst = capsules.deepest(&body, &body.stand(&frame));
            assert!(
                // A palm at an ear is this deep in the head's capsule, which has no ears.
                worst.is_none_or(|o| o.depth_m < 0.04),
                "{:?} {:?}: {worst:?} at {i} of 40",
                act.base,
                act.doing
            );
        }
    }
}

#[test]
fn drivers_of_all_kinds_reach_their_wheels_and_sit_clear_of_them() {
    use crate::contact::{Capsules, Part};
    let (body, capsules) = (Skeleton::reference(), Capsules::reference());
    for seed in 0..40 {
        let act = at_wheel(seed, Doing::Nothing);
        let driver = *act.driving().expect("one drives");
        let (off, _) = act.missed_m();
        assert!(off < 0.02, "seed {seed}: a hand is {off} m from the rim");
        let frame = act.frame_at(3.0);
        let stance = body.stand(&frame);
        let thigh_m = capsules
            .radius_m(Part::Thigh(Side::Right))
            .expect("a radius");
        let belly_m = capsules.radius_m(Part::Belly).expect("a radius");
        for i in 0..36 {
            let (rim, _) = driver
                .wheel
                .rim(i as f32 / 36.0 * std::f32::consts::TAU, 1.0);
            for side in Side::BOTH {
                let (hip, knee) = (
                    stance.place(Joint::UpperLeg(side)),
                    stance.place(Joint::LowerLeg(side)),
                );
                let t =
                    ((rim - hip).dot(knee - hip) / (knee - hip).length_squared()).clamp(0.0, 1.0);
                let away = rim.distance(hip.lerp(knee, t));
                assert!(away > thigh_m + 0.02, "seed {seed}: {away} m from a thigh");
            }
            let away = rim.distance(stance.place(Joint::Abdomen));
            assert!(
                away > belly_m + 0.04,
                "seed {seed}: {away} m from the belly"
            );
        }
        let up = stance.place(Joint::Head) - stance.hips();
        assert!(up.z < -0.02 && up.y > 0.4, "seed {seed}: head at {up}");
        let head = frame.world()[Joint::Head.index()] * Vec3::Z;
        assert!(
            head.y.abs() < 0.25,
            "seed {seed}: the head looks along {head}"
        );
    }
}

#[test]
fn a_wheel_makes_way_for_a_camera_behind_it() {
    let body = Skeleton::reference();
    let mut blocked = [0, 0];
    for seed in 0..40 {
        let streams = Streams::new(Seed(seed), 0);
        let mut driver = Driving::draw(&body, 0.0, &streams);
        let eyes = driver.eyes(&body, &streams);
        let lens = Vec3::new(0.05, -0.23, 0.7);
        for blocked in &mut blocked {
            let near = (0..96).any(|i| {
                let (rim, _) = driver
                    .wheel
                    .rim(i as f32 / 96.0 * std::f32::consts::TAU, 1.0);
                let t = (rim - eyes - lens).dot(-lens) / lens.length_squared();
                rim.distance(eyes + lens * (1.0 - t.clamp(0.0, 1.0))) < 0.03
            });
            *blocked += u32::from(near);
            driver.clear_view(&body, lens, &streams);
        }
    }
    assert!(blocked[0] > 0 && blocked[1] == 0, "{blocked:?} of 40");
}
