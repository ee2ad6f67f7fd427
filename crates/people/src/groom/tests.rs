//! Hair on a ball, which has no ears to excuse anything.

use glam::Vec2;

use super::guides::Side;
use super::style::{STYLES, Tail};
use super::*;

const RADIUS_M: f32 = 0.09;
const BROW_Y: f32 = 0.02;

fn skull() -> Vec3 {
    Vec3::new(0.0, BROW_Y + 0.01, -0.09)
}

fn ball() -> Volume {
    let points = (0..8000).map(|k| {
        let out = direction(k, 8000);
        (skull() + out * RADIUS_M, out)
    });
    Volume::new(points, 1.0)
}

fn direction(k: usize, of: usize) -> Vec3 {
    let y = 1.0 - 2.0 * (k as f32 + 0.5) / of as f32;
    let (turn, flat) = (k as f32 * 2.399_963, (1.0 - y * y).sqrt());
    Vec3::new(flat * turn.cos(), y, flat * turn.sin())
}

/// Roots all over the ball but for a face.
fn roots(count: usize) -> Vec<Root> {
    // A step that shares no factor with the count: any first part is spread.
    (0..count)
        .map(|k| direction(k * 619 % count, count))
        .filter(|out| out.y > -0.4 && (out.z < 0.4 || out.y > 0.5))
        .map(|out| Root {
            corners: [0; 4],
            weights: [0.25; 4],
            base: out * RADIUS_M,
            on_skull: out,
            uv: Vec2::ZERO,
            draw: 0.0,
        })
        .collect()
}

fn grown(style: &Style, curl: f32, length_m: f32, upright: Vec3) -> Strands {
    let volume = ball();
    let scalp = scalp(&volume, style, length_m, upright);
    let accepted = roots(3000);
    let guiding = roots(700);
    let place = |root: &Root| skull() + root.on_skull * RADIUS_M;
    let guides = guiding
        .iter()
        .map(|root| scalp.guide(root, place(root)))
        .collect();
    locks::grow(
        &scalp,
        &locks::Wanted {
            curl: Curl::of(curl),
            radius_m: 6e-5,
            guiding: &guiding,
            guides,
            accepted: &accepted,
            place: &place,
        },
        &mut Streams::new(Seed(3), 0).stream("hair"),
    )
}

fn scalp<'a>(volume: &'a Volume, style: &'a Style, length_m: f32, upright: Vec3) -> Scalp<'a> {
    Scalp {
        volume,
        skull: skull(),
        half: Vec3::splat(RADIUS_M),
        brow_y: BROW_Y,
        scale: 1.0,
        upright,
        style,
        length_m,
        parting: 0.0,
    }
}

#[test]
fn no_style_grows_into_the_head_and_all_points_are_sound() {
    for style in STYLES {
        let length_m = 0.01 * style.length_cm[1] as f32;
        let strands = grown(style, style.curl[1] as f32, length_m, Vec3::Y);
        let count = strands.first.len() - 1;
        assert!(count > 1500, "{}: {count} strands", style.name);
        assert_eq!(strands.points.len(), strands.radii_m.len());
        let mut inside = 0;
        for strand in strands.first.windows(2) {
            let points = &strands.points[strand[0] as usize..strand[1] as usize];
            let root = points[0].distance(skull());
            assert!(
                (root - RADIUS_M).abs() < 1e-3,
                "{}: a root at {root}",
                style.name
            );
            for point in &points[1..] {
                assert!(point.is_finite());
                inside += usize::from(point.distance(skull()) < RADIUS_M - 1e-3);
            }
        }
        let share = inside as f32 / strands.points.len() as f32;
        assert!(
            share < 2e-3,
            "{}: {share} of the points are inside",
            style.name
        );
    }
}

#[test]
fn strands_keep_their_numbers_in_every_pose() {
    for style in STYLES {
        let tilted = Vec3::new(0.5, 0.8, -0.3).normalize();
        let [a, b] = [Vec3::Y, tilted].map(|upright| grown(style, 0.3, 0.2, upright));
        assert_eq!(a.first, b.first, "{}", style.name);
        // Upright hair does not hang.
        if style.hold_m < 0.5 {
            assert_ne!(a.points, b.points, "{} does not hang", style.name);
        }
    }
}

#[test]
fn parted_hair_falls_to_its_side_and_a_fringe_ends_at_the_brows() {
    let volume = ball();
    let style = style::named("fringe_bob").expect("a style");
    let scalp = scalp(&volume, style, 0.22, Vec3::Y);
    let (mut sides, mut fringe) = (0, 0);
    for root in roots(700) {
        let guide = scalp.guide(&root, skull() + root.on_skull * RADIUS_M);
        let tip = guide[guides::POINTS - 1];
        match scalp.side(&root) {
            Side::Fringe => {
                fringe += 1;
                assert!((tip.y - BROW_Y).abs() < 0.012, "a fringe ends at {tip}");
            }
            side if root.on_skull.z > 0.1 && root.on_skull.x.abs() > 0.1 => {
                sides += 1;
                assert_eq!(tip.x > 0.0, side == Side::Left, "{tip}");
                assert!(tip.z < 0.0, "hair before the face at {tip}");
            }
            _ => {}
        }
    }
    assert!(sides > 60 && fringe > 20, "{sides} {fringe}");
}

#[test]
fn tied_hair_meets_at_the_tie() {
    let ponytail = style::named("ponytail").expect("a style");
    assert_eq!(ponytail.tail, Tail::Loose);
    let volume = ball();
    let tie = scalp(&volume, ponytail, 0.3, Vec3::Y).tie().expect("a tie");
    let strands = grown(ponytail, 0.0, 0.3, Vec3::Y);
    let mut close = 0;
    for strand in strands.first.windows(2) {
        let points = &strands.points[strand[0] as usize..strand[1] as usize];
        let nearest = points.iter().map(|p| p.distance(tie)).reduce(f32::min);
        close += usize::from(nearest.is_some_and(|d| d < 0.03));
        assert!(
            points[points.len() - 1].y < tie.y - 0.1,
            "a tail that does not hang"
        );
    }
    assert_eq!(close, strands.first.len() - 1);
}

#[test]
fn heads_far_away_have_fewer_strands_in_steps() {
    let shares: Vec<f32> = (1..400).map(|k| share_drawn(f64::from(k) * 10.0)).collect();
    assert!(shares.is_sorted());
    assert_eq!((shares[0], shares[398]), (0.12, 1.0));
    let distinct = shares.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert_eq!(distinct, 4);
}
