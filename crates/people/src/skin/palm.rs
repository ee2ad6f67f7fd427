//! Which skin of the hands is a palm's: what faces the way fingers bend, however a finger lies.

use glam::Vec3;
use scene::Mesh;

use crate::person::SIDES;
use body::BodyModel;

/// How far before the wrist's joint and behind it palms begin, metres.
const WRIST_M: [f32; 2] = [-0.014, 0.012];
/// Cosines to the way a finger bends between which skin becomes a palm's: its edge runs along the sides of fingers.
const EDGE: [f32; 2] = [-0.30, 0.45];
/// No part of a hand is further from its wrist, metres.
const HAND_M: f32 = 0.26;

fn smooth(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// A bone of the hand, and the way it bends.
struct Bone {
    from: Vec3,
    to: Vec3,
    palmar: Vec3,
}

impl Bone {
    fn distance(&self, place: Vec3) -> f32 {
        let along = self.to - self.from;
        let t = (place - self.from).dot(along) / along.length_squared().max(1e-12);
        place.distance(self.from + along * t.clamp(0.0, 1.0))
    }
}

struct Hand {
    wrist: Vec3,
    /// From the wrist to the middle finger.
    along: Vec3,
    bones: Vec<Bone>,
}

impl Hand {
    fn of(model: &BodyModel, side: &str) -> Option<Self> {
        let joint = |bone: &str| model.rig.joint(&format!("{bone}.{side}"), &model.base);
        let tip = |bone: &str| model.rig.tail(&format!("{bone}.{side}"), &model.base);
        let (wrist, middle) = (joint("wrist")?, joint("finger3-1")?);
        let along = (middle - wrist).normalize_or_zero();
        let flat = along
            .cross(joint("finger2-1")? - joint("finger5-1")?)
            .normalize_or_zero();
        // At rest the thumb lies before the palm.
        let thumb = tip("finger1-3")?;
        let palmar = flat * (thumb - wrist).dot(flat).signum();
        let before = (wrist + middle) * 0.5 + palmar * 0.03;
        let mut bones = Vec::new();
        for finger in 1..=5 {
            let mut from = if finger == 1 {
                joint("finger1-1")?
            } else {
                wrist
            };
            for part in 1..=3 {
                let name = format!("finger{finger}-{part}");
                let to = match part {
                    1 if finger > 1 => joint(&name)?,
                    _ => tip(&name)?,
                };
                let line = (to - from).normalize_or_zero();
                let towards = if finger == 1 {
                    before - (from + to) * 0.5
                } else {
                    palmar
                };
                bones.push(Bone {
                    from,
                    to,
                    palmar: (towards - line * towards.dot(line)).normalize_or(palmar),
                });
                from = to;
                // The metacarpal ends where the finger's first bone begins.
                if part == 1 && finger > 1 {
                    let to = tip(&name)?;
                    let line = (to - from).normalize_or_zero();
                    bones.push(Bone {
                        from,
                        to,
                        palmar: (palmar - line * palmar.dot(line)).normalize_or(palmar),
                    });
                    from = to;
                }
            }
        }
        Some(Self {
            wrist,
            along,
            bones,
        })
    }

    /// How much skin with this normal is a palm's, `[0, 1]`.
    fn weight(&self, place: Vec3, normal: Vec3) -> f32 {
        if place.distance(self.wrist) > HAND_M {
            return 0.0;
        }
        let on_hand = smooth(WRIST_M[0], WRIST_M[1], (place - self.wrist).dot(self.along));
        // Bones share skin between them, or there would be edges.
        let (mut sum, mut total) = (0.0, 0.0);
        for bone in &self.bones {
            let near = bone.distance(place).max(1e-3).powi(-4);
            sum += near * normal.dot(bone.palmar);
            total += near;
        }
        on_hand * smooth(EDGE[0], EDGE[1], sum / total)
    }
}

/// For each vertex of the unshaped body's mesh how much it is a palm's, `[0, 1]`; soles are not among them.
pub(crate) fn palms(model: &BodyModel, mesh: &Mesh) -> Vec<f32> {
    let hands = SIDES.map(|(side, _)| Hand::of(model, side));
    let weight = |(place, normal): (&Vec3, &Vec3)| {
        let of = |hand: &Hand| hand.weight(*place, *normal);
        hands.iter().flatten().map(of).fold(0.0, f32::max)
    };
    mesh.positions
        .iter()
        .zip(&mesh.normals)
        .map(weight)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skin_that_faces_the_way_fingers_bend_is_a_palms_and_before_the_wrist_none_is() {
        let bone = |from: f32, to: f32| Bone {
            from: Vec3::X * from,
            to: Vec3::X * to,
            palmar: Vec3::NEG_Y,
        };
        let hand = Hand {
            wrist: Vec3::ZERO,
            along: Vec3::X,
            bones: vec![bone(0.0, 0.09), bone(0.09, 0.13), bone(0.13, 0.18)],
        };
        for x in [0.03, 0.1, 0.17] {
            let at = |normal: Vec3| hand.weight(Vec3::X * x + 0.01 * normal, normal);
            assert_eq!([at(Vec3::NEG_Y), at(Vec3::Y)], [1.0, 0.0]);
            let side = at(Vec3::Z);
            assert!((0.1..0.9).contains(&side), "{side} on the side");
        }
        let arm = Vec3::X * -0.02;
        assert_eq!(hand.weight(arm, Vec3::NEG_Y), 0.0);
        assert_eq!(hand.weight(Vec3::X * 0.4, Vec3::NEG_Y), 0.0);
    }
}
