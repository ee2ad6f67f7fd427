use glam::Mat3;
use scene::file::{self, Beside, Format, Limits};

use super::*;

/// Faces of a named object in car axes, metres.
type Shape = (&'static str, Vec<[Vec3; 3]>);

/// Both triangles of a quadrilateral.
fn quad([a, b, c, d]: [Vec3; 4]) -> [[Vec3; 3]; 2] {
    [[a, b, c], [a, c, d]]
}

/// A frustum between a rectangle below and one above, each by low and high x and z.
fn frustum(y: [f32; 2], below: [f32; 4], above: [f32; 4]) -> Vec<[Vec3; 3]> {
    let ring = |y: f32, [x0, x1, z0, z1]: [f32; 4]| {
        [(x0, z0), (x0, z1), (x1, z1), (x1, z0)].map(|(x, z)| Vec3::new(x, y, z))
    };
    let (low, high) = (ring(y[0], below), ring(y[1], above));
    let mut faces = Vec::new();
    faces.extend(quad([low[3], low[2], low[1], low[0]]));
    faces.extend(quad(high));
    for k in 0..4 {
        let next = (k + 1) % 4;
        faces.extend(quad([low[k], low[next], high[next], high[k]]));
    }
    faces
}

/// A wheel of 16 sides around `(x, 0.31, z)`.
fn wheel(x: f32, z: f32) -> Vec<[Vec3; 3]> {
    let at = |k: usize, side: f32, r: f32| {
        let turn = std::f32::consts::TAU * k as f32 / 16.0;
        Vec3::new(x + 0.1 * side, 0.31 + r * turn.sin(), z + r * turn.cos())
    };
    let mut faces = Vec::new();
    for k in 0..16 {
        let next = (k + 1) % 16;
        let [a, b] = [at(k, -1.0, 0.31), at(next, -1.0, 0.31)];
        let [c, d] = [at(next, 1.0, 0.31), at(k, 1.0, 0.31)];
        faces.extend(quad([a, d, c, b]));
        for side in [-1.0, 1.0] {
            let inner = [at(k, side, 0.18), at(next, side, 0.18)];
            let outer = [at(k, side, 0.31), at(next, side, 0.31)];
            let hub = Vec3::new(x + 0.1 * side, 0.31, z);
            let mut face = vec![[hub, inner[0], inner[1]]];
            face.extend(quad([inner[0], outer[0], outer[1], inner[1]]));
            if side > 0.0 {
                for triangle in &mut face {
                    triangle.swap(1, 2);
                }
            }
            faces.extend(face);
        }
    }
    faces
}

fn car() -> Vec<Shape> {
    vec![
        (
            "Karosserie",
            frustum(
                [0.22, 0.85],
                [-0.88, 0.88, -2.1, 2.2],
                [-0.88, 0.88, -2.1, 2.2],
            ),
        ),
        (
            "Aufbau",
            frustum(
                [0.86, 1.45],
                [-0.8, 0.8, -1.7, 0.75],
                [-0.62, 0.62, -1.2, 0.0],
            ),
        ),
        ("Rad_VL", wheel(0.79, 1.35)),
        ("Rad_VR", wheel(-0.79, 1.35)),
        ("Rad_HL", wheel(0.79, -1.3)),
        ("Rad_HR", wheel(-0.79, -1.3)),
    ]
}

/// As an OBJ file whose axes `file_from_car` gives and whose unit is so many metres.
fn obj(shapes: &[Shape], file_from_car: Mat3, unit_m: f32) -> String {
    let (mut text, mut count) = (String::new(), 0);
    for (name, faces) in shapes {
        text.push_str(&format!("o {name}\n"));
        for face in faces {
            for at in face {
                let at = file_from_car * *at / unit_m;
                text.push_str(&format!("v {} {} {}\n", at.x, at.y, at.z));
            }
            text.push_str(&format!("f {} {} {}\n", count + 1, count + 2, count + 3));
            count += 3;
        }
    }
    text
}

fn model(text: &str) -> Model {
    file::from_bytes(
        text.as_bytes(),
        Format::Obj,
        Beside::Memory(&[]),
        Limits::default(),
    )
    .expect("it is an OBJ file")
}

fn read(text: &str, map: &str) -> Result<Design, DesignError> {
    let map = PartMap::from_yaml(map).expect("it is a map");
    Design::read(&model(text), &map)
}

/// z up, the car faces −y.
fn z_up() -> Mat3 {
    Mat3::from_cols(Vec3::X, Vec3::Z, Vec3::NEG_Y)
}

#[test]
fn a_sound_car_is_found_as_it_is_and_has_nothing_to_mend() {
    let design = read(&obj(&car(), z_up(), 0.001), "{}").expect("it is a car");
    let report = &design.report;
    assert_eq!(
        report.repairs,
        Repairs {
            triangles: report.repairs.triangles,
            ..Repairs::default()
        }
    );
    assert_eq!(report.unit, Unit::Named("mm", 0.001));
    assert_eq!((report.up.0.name(), report.ahead.0.name()), ("z", "-y"));
    for (found, is) in report.size_m.into_iter().zip([4.3, 1.78, 1.45]) {
        assert!((found - is).abs() < 1e-3, "{:?}", report.size_m);
    }
    assert_eq!(report.wheels, 4);
    assert!((design.frame.wheelbase_m - 2.65).abs() < 1e-3);
    assert!((design.frame.tyre_radius_m - 0.31).abs() < 1e-3);
    let has = |part: CarPart| report.areas_m2.iter().any(|(own, _)| *own == part);
    for part in [
        CarPart::Bonnet,
        CarPart::FrontBumper,
        CarPart::RearBumper,
        CarPart::LeftFrontDoor,
        CarPart::RightRearDoor,
        CarPart::Roof,
        CarPart::Windscreen,
        CarPart::LeftWindow,
        CarPart::Tyre,
        CarPart::Rim,
        CarPart::Underbody,
    ] {
        assert!(has(part), "{part:?} of {:?}", report.areas_m2);
    }
    // Lamps, mirrors and plates are not there, and that is said.
    assert_eq!(report.missing.len(), 3, "{:?}", report.missing);
    // The driver's left is on the left.
    for one in &design.parts {
        if one.part == CarPart::LeftFrontDoor {
            assert!(one.mesh.positions.iter().all(|at| at.x > 0.0));
        }
    }
}

#[test]
fn planted_faults_are_told_and_leave_the_same_car() {
    let sound = read(&obj(&car(), z_up(), 0.001), "{}").expect("it is a car");
    let mut shapes = car();
    for k in [0, 5, 9] {
        shapes[0].1[k].swap(0, 1);
    }
    let body = &mut shapes[0].1;
    body.push(body[3]);
    body.push([body[6][0], body[6][1], body[6][1]]);
    shapes[1].1.remove(3);
    for face in &mut shapes[3].1 {
        face.swap(1, 2);
    }
    let wheel = shapes[3].1.len();
    let broken = read(&obj(&shapes, z_up(), 0.001), "{}").expect("it is a car");
    let repairs = broken.report.repairs;
    assert_eq!((repairs.doubled, repairs.without_area), (1, 1));
    assert_eq!(repairs.flipped, 3 + wheel);
    assert_eq!((repairs.closed_holes, repairs.open_rims), (1, 0));
    assert_eq!(broken.report.areas_m2.len(), sound.report.areas_m2.len());
    for ((part, is), (other, was)) in broken.report.areas_m2.iter().zip(&sound.report.areas_m2) {
        assert_eq!(part, other);
        assert!((is - was).abs() < 1e-3, "{part:?}: {is} and {was}");
    }
}

#[test]
fn however_a_car_lies_it_is_the_same_car() {
    let units = [0.001, 0.01, 0.0254, 1.0, 0.3048];
    let names = ["mm", "cm", "in", "m", "ft"];
    let mut count = 0;
    for up in Axis::ALL {
        for ahead in Axis::ALL {
            if up.number == ahead.number {
                continue;
            }
            let axis =
                |axis: Axis| Vec3::AXES[axis.number] * if axis.negative { -1.0 } else { 1.0 };
            let (y, z) = (axis(up), axis(ahead));
            let file_from_car = Mat3::from_cols(y.cross(z), y, z);
            let k = count % units.len();
            let design = read(&obj(&car(), file_from_car, units[k]), "{}").expect("it is a car");
            let report = &design.report;
            assert_eq!((report.up.0, report.ahead.0), (up, ahead));
            assert_eq!(report.unit, Unit::Named(names[k], units[k]));
            assert!((design.frame.high.y - 1.45).abs() < 1e-3);
            count += 1;
        }
    }
    assert_eq!(count, 24);
}

#[test]
fn wheels_without_names_are_found_by_their_shape() {
    let mut shapes = car();
    for (name, _) in &mut shapes {
        *name = "Cube";
    }
    let all: Vec<[Vec3; 3]> = shapes.into_iter().flat_map(|(_, faces)| faces).collect();
    let design = read(&obj(&[("", all)], z_up(), 0.01), "{}").expect("it is a car");
    assert_eq!(design.report.wheels, 4);
    assert!(
        design
            .report
            .pieces
            .iter()
            .all(|piece| piece.by == Evidence::Shape)
    );
}

#[test]
fn a_written_map_finds_the_same_and_corrections_are_kept() {
    let text = obj(&car(), z_up(), 0.001);
    let found = read(&text, "{}").expect("it is a car");
    let yaml = found.map_yaml();
    let again = read(&text, &yaml).expect("the map fits");
    assert_eq!(again.map_yaml(), yaml);
    assert_eq!(again.report.areas_m2, found.report.areas_m2);
    assert_eq!(again.report.up.1, Evidence::Map);
    let yaml = yaml
        .replace("\"Aufbau\": body", "\"Aufbau\": glass")
        .replace("-y", "y");
    let other = read(&text, &yaml).expect("the map fits");
    assert_eq!(other.report.ahead.0.name(), "y");
    let pane = other
        .report
        .pieces
        .iter()
        .find(|piece| piece.group == "Aufbau");
    assert!(pane.is_some_and(|piece| piece.kind == Kind::Glass && piece.by == Evidence::Map));
    let left_out = read(&text, "parts: {Rad_VL: leave_out}").expect("the map fits");
    assert_eq!(left_out.report.wheels, 3);
}

#[test]
fn mistakes_of_a_map_are_one_sentence() {
    for (map, said) in [
        (
            "unit: miles",
            "`unit` is `miles`, and units are m, cm, mm, in, ft or a number of metres",
        ),
        ("up: w", "`up` is `w`, and axes are x, y, z, -x, -y and -z"),
        ("up: z\nahead: -z", "`up` and `ahead` are the same axis"),
        ("style: boat", "`style` is `boat`"),
        (
            "parts: {body: propeller}",
            "`body` is said to be `propeller`",
        ),
        ("partz: {}", "partz"),
    ] {
        let error = PartMap::from_yaml(map).expect_err("a mistake").to_string();
        assert!(error.contains(said) && !error.contains('\n'), "{error}");
    }
    let error =
        read(&obj(&car(), z_up(), 0.001), "parts: {Flügel: wing}").expect_err("no such group");
    assert!(
        error
            .to_string()
            .contains("the map names `Flügel`, and the file has Karosserie"),
        "{error}"
    );
}

#[test]
fn what_is_no_car_is_one_sentence() {
    let plate = frustum([0.0, 0.02], [-1.0, 1.0, -2.0, 2.0], [-1.0, 1.0, -2.0, 2.0]);
    let pole = frustum([0.0, 0.2], [-0.1, 0.1, -2.0, 2.0], [-0.1, 0.1, -2.0, 2.0]);
    let frame = frustum([0.3, 1.0], [-0.2, 0.2, -1.0, 1.0], [-0.15, 0.15, -0.8, 0.6]);
    let bike = [
        ("frame", frame),
        ("wheel-1", wheel(0.0, 0.8)),
        ("wheel-2", wheel(0.0, -0.8)),
        (
            "bar",
            frustum([0.9, 1.0], [-0.5, 0.5, 0.3, 0.4], [-0.5, 0.5, 0.3, 0.4]),
        ),
    ];
    for (shapes, said) in [
        (&[("plate", plate)][..], "flat sheet"),
        (&[("pole", pole)], "proportions are no car's"),
        (&bike, "wheels stand in one line"),
    ] {
        let error = read(&obj(shapes, z_up(), 1.0), "{}").expect_err("no car");
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[test]
fn a_toy_is_as_long_as_a_car() {
    let design = read(&obj(&car(), z_up(), 43.0), "{}").expect("it is a car");
    let [length, ..] = design.report.size_m;
    assert!((length - 4.4).abs() < 1e-3);
    assert!(matches!(design.report.unit, Unit::Model { scale, .. } if (scale - 44.0).abs() < 0.1));
}
