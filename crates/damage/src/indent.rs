//! Dents in what is no car's panel: a hard ball is pressed in, and the material keeps the ball's shape.
//!
//! Something solid keeps the cap of the ball, and what it gave up stands around it as a rim (pile-up, as around a hardness test's indentation; Tabor 1951, "The Hardness of Metals"). A thin wall
//! gives way around the ball as well: a shallow bowl, wider than the cap, that runs out with no edge.

use glam::Vec3;

use crate::piece::{Piece, Substance};

/// A ball that was pressed into something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Indent {
    /// Where it touched first, metres.
    pub at: Vec3,
    /// Where it went, unit.
    pub way: Vec3,
    /// Of the ball, metres.
    pub radius_m: f32,
    /// How deep it came, metres; less than its radius.
    pub depth_m: f32,
    /// How much wider than the cap the wall gave way; below 1 for what is solid.
    pub flank: f32,
}

/// Of the depth, what a thin wall gives way as a whole.
const BOWL: f32 = 0.6;
/// Of the depth, how high the rim around a dent in something solid stands.
const RIM: f32 = 0.1;

impl Indent {
    /// Radius of what touched the ball, metres.
    fn cap_m(&self) -> f32 {
        let d = self.depth_m.min(self.radius_m);
        (2.0 * self.radius_m * d - d * d).sqrt()
    }

    /// Radius within which anything moves, metres.
    pub fn reach_m(&self) -> f32 {
        self.cap_m() * self.flank.max(1.8)
    }

    /// How far what lies `away_m` from the axis is pressed in, metres; negative where it stands out.
    fn pressed_m(&self, away_m: f32) -> f32 {
        let (radius, cap) = (self.radius_m, self.cap_m());
        let ball = |depth: f32| {
            let reach = (2.0 * radius * depth - depth * depth).sqrt();
            if away_m < reach {
                depth - (radius - (radius * radius - away_m * away_m).sqrt())
            } else {
                0.0
            }
        };
        if self.flank > 1.0 {
            let share = away_m / (cap * self.flank);
            let bowl = if share < 1.0 {
                (1.0 - share * share).powi(2)
            } else {
                0.0
            };
            return self.depth_m * BOWL * bowl + ball(self.depth_m * (1.0 - BOWL));
        }
        let beyond = (away_m - cap) / (0.8 * cap);
        if (0.0..1.0).contains(&beyond) {
            -RIM * self.depth_m * (std::f32::consts::PI * beyond).sin()
        } else {
            ball(self.depth_m)
        }
    }
}

/// Presses a ball into pieces that are not rigid, refined until no edge in reach is longer than `edge_m`. Returns those that were moved.
pub fn indent(pieces: &mut [Piece], indent: &Indent, edge_m: f32) -> Vec<usize> {
    let reach = indent.reach_m();
    let mut moved = Vec::new();
    for (number, piece) in pieces.iter_mut().enumerate() {
        if piece.substance == Substance::Rigid || !piece.reaches(indent.at, 1.5 * reach) {
            continue;
        }
        piece.refine(indent.at, 1.3 * reach, edge_m);
        let mut by = Vec::new();
        for (vertex, at) in piece.mesh.positions.iter().enumerate() {
            let from = *at - indent.at;
            let along = from.dot(indent.way);
            let away = (from - indent.way * along).length();
            // Walls that lie behind, and those that face away, are not touched.
            if away < reach
                && along.abs() < reach.max(2.0 * indent.depth_m)
                && piece.mesh.normals[vertex].dot(indent.way) < -0.2
            {
                let pressed = indent.pressed_m(away);
                if pressed != 0.0 {
                    by.push((vertex as u32, pressed));
                }
            }
        }
        if by.is_empty() {
            continue;
        }
        let was = piece.face_normals(by.iter().map(|(vertex, _)| *vertex));
        for (vertex, pressed) in &by {
            piece.mesh.positions[*vertex as usize] += indent.way * *pressed;
        }
        piece.turn_normals(&was);
        moved.push(number);
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::displaced;
    use glam::Vec2;
    use scene::Mesh;
    use scene::mesh::Part;

    /// A sheet of 10 cm in the plane z = 0 that faces +z.
    fn sheet() -> Piece {
        let mut mesh = Mesh::default();
        for y in 0..=20_u32 {
            for x in 0..=20_u32 {
                mesh.positions.push(Vec3::new(
                    0.005 * x as f32 - 0.05,
                    0.005 * y as f32 - 0.05,
                    0.0,
                ));
                mesh.normals.push(Vec3::Z);
                mesh.uvs.push(Vec2::ZERO);
                if x < 20 && y < 20 {
                    let a = 21 * y + x;
                    mesh.triangles
                        .extend([[a, a + 1, a + 22], [a, a + 22, a + 21]]);
                    mesh.parts.extend([Part::Product; 2]);
                }
            }
        }
        Piece::new(mesh, Substance::Plastic)
    }

    #[test]
    fn a_dent_is_as_deep_as_the_ball_came_and_takes_the_volume_of_its_cap() {
        for flank in [0.0, 3.0] {
            let ball = Indent {
                at: Vec3::new(0.003, -0.004, 0.0),
                way: Vec3::NEG_Z,
                radius_m: 0.01,
                depth_m: 0.002,
                flank,
            };
            let mut pieces = [sheet()];
            assert_eq!(indent(&mut pieces, &ball, 0.0008), [0]);
            let found = displaced(&pieces[0], ball.at, f32::INFINITY);
            assert!((found.depth_m - 0.002).abs() < 1e-4, "{}", found.depth_m);
            if flank == 0.0 {
                let cap = std::f32::consts::PI * 0.002_f32.powi(2) * (0.01 - 0.002 / 3.0);
                assert!(
                    (found.volume_m3 / cap - 1.0).abs() < 0.1,
                    "{} of {cap}",
                    found.volume_m3
                );
            }
            for (at, before) in pieces[0].mesh.positions.iter().zip(&pieces[0].before) {
                assert!(at == before || before.distance(ball.at) < ball.reach_m());
            }
        }
    }

    #[test]
    fn what_is_rigid_stays() {
        let mut pieces = [sheet()];
        pieces[0].substance = Substance::Rigid;
        let ball = Indent {
            at: Vec3::ZERO,
            way: Vec3::NEG_Z,
            radius_m: 0.01,
            depth_m: 0.003,
            flank: 0.0,
        };
        assert!(indent(&mut pieces, &ball, 0.001).is_empty());
    }
}
