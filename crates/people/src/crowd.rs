//! Where several people stand so that nobody stands in another, and the one that the picture is about can be seen.

use glam::{DVec2, DVec3, Quat, Vec3};
use population::row::{Row, RowError};
use population::sequence::Moment;
use population::stream::{Seed, Streams};

/// Where one of several people stands, and which way they are turned.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Station {
    /// On the floor, metres.
    pub(crate) place: Vec3,
    /// About the vertical, radians; 0 faces +z.
    pub(crate) yaw: f32,
}

impl Station {
    pub(crate) fn turn(&self) -> Quat {
        Quat::from_rotation_y(self.yaw)
    }
}

/// Nobody comes nearer to anybody than this, between the middles, metres.
const APART_M: f64 = 0.75;
/// Nor to the line from the camera to whom the picture is about.
const CLEAR_M: f64 = 0.4;
/// How fast somebody who walks may be, m/s: their way is kept free for it.
const WALK_M_PER_S: f64 = 1.7;
/// A place is looked for so often; the floor grows a little each time.
const TRIES: u32 = 200;

/// The way somebody takes on the floor.
#[derive(Debug, Clone, Copy)]
struct Way {
    from: DVec2,
    to: DVec2,
}

impl Way {
    fn of(row: &Row, station: &Station) -> Result<Self, RowError> {
        let walks = row.category("pose.posture")? == "walking";
        let seconds = Moment::of(row)?.map_or(0.0, |moment| moment.seconds);
        let half = if walks {
            0.5 * seconds * WALK_M_PER_S
        } else {
            0.0
        };
        let ahead = (station.turn() * Vec3::Z).as_dvec3() * half;
        let middle = station.place.as_dvec3();
        let flat = |p: DVec3| DVec2::new(p.x, p.z);
        Ok(Self {
            from: flat(middle - ahead),
            to: flat(middle + ahead),
        })
    }

    fn at(&self, share: f64) -> DVec2 {
        self.from.lerp(self.to, share)
    }

    /// Least distance of two people who walk their ways in the same time.
    fn apart(&self, other: &Self) -> f64 {
        (0..=16)
            .map(|k| {
                let share = f64::from(k) / 16.0;
                self.at(share).distance(other.at(share))
            })
            .fold(f64::MAX, f64::min)
    }

    /// Least distance from a line on the floor.
    fn off(&self, from: DVec2, to: DVec2) -> f64 {
        (0..=16)
            .map(|k| {
                let at = self.at(f64::from(k) / 16.0);
                let along = to - from;
                let t = ((at - from).dot(along) / along.length_squared().max(1e-9)).clamp(0.0, 1.0);
                at.distance(from + along * t)
            })
            .fold(f64::MAX, f64::min)
    }
}

/// Places for `others` around the person of `row`, who stands over the origin. `camera` is the lens; positions spread over `crowd.spread_m`.
///
/// Whoever finds no place within [`TRIES`] stands where the spread has grown to by then, so everybody gets one.
pub(crate) fn stations(row: &Row, others: &[Row], camera: DVec3) -> Result<Vec<Station>, RowError> {
    let spread = row.number("crowd.spread_m")?;
    let streams = Streams::new(Seed(row.integer("place.seed")?.unsigned_abs()), 0);
    let lens = DVec2::new(camera.x, camera.z);
    let mut ways = vec![Way::of(row, &Station::default())?];
    let mut stations = Vec::with_capacity(others.len());
    for (number, other) in others.iter().enumerate() {
        let mut stream = streams.stream(&format!("crowd/{number}"));
        let mut tried = 0;
        let station = loop {
            tried += 1;
            let grown = spread * (1.0 + f64::from(tried) / 50.0);
            let angle = stream.range(0.0, std::f64::consts::TAU);
            // Even over the floor, not over the distance.
            let away = grown * stream.uniform().sqrt();
            let station = Station {
                place: DVec3::new(away * angle.sin(), 0.0, away * angle.cos()).as_vec3(),
                yaw: stream.range(-std::f64::consts::PI, std::f64::consts::PI) as f32,
            };
            let way = Way::of(other, &station)?;
            let fits = ways.iter().all(|taken| taken.apart(&way) > APART_M)
                && way.off(DVec2::ZERO, lens) > CLEAR_M;
            if fits || tried == TRIES {
                ways.push(way);
                break station;
            }
        };
        stations.push(station);
    }
    Ok(stations)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(posture: &str, seed: i64) -> Row {
        Row::new(0, 0)
            .with("pose.posture", posture)
            .with("place.seed", seed)
            .with("crowd.spread_m", 2.0)
            .with("sequence.seconds", 3.0)
            .with("sequence.fps", 5.0)
            .with("sequence.time_s", 0.0)
    }

    #[test]
    fn people_keep_apart_all_along_their_ways_and_out_of_the_picture_of_the_first() {
        let camera = DVec3::new(1.0, 1.5, 3.0);
        for seed in 0..40 {
            let main = row("walking", seed);
            let others: Vec<Row> = ["standing", "walking", "waving", "walking", "sitting"]
                .map(|posture| row(posture, seed))
                .to_vec();
            let stations = stations(&main, &others, camera).expect("complete");
            let all: Vec<Way> = std::iter::once((&main, Station::default()))
                .chain(others.iter().zip(stations))
                .map(|(row, station)| Way::of(row, &station).expect("complete"))
                .collect();
            for (i, way) in all.iter().enumerate() {
                for other in &all[..i] {
                    assert!(way.apart(other) > APART_M, "seed {seed}");
                }
                assert!(
                    i == 0 || way.off(DVec2::ZERO, DVec2::new(1.0, 3.0)) > CLEAR_M,
                    "seed {seed}"
                );
            }
        }
    }
}
