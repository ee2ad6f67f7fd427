//! Where the parts of a cabin are, for a driver on the left.

use glam::Vec3;
use population::stream::Stream;

use super::{Mount, Setting, Wheel};

/// The numbers that the cabin's parts share; world, metres. The driver sits at x = 0 and faces +z, the nearer door is on the left (+x).
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// The inner side of the driver's door.
    pub(super) door: f32,
    /// The car's middle plane, below zero.
    pub(super) middle: f32,
    /// The roof's lining over the seats.
    pub(super) roof: f32,
    /// The lower edge of the side windows.
    pub(super) sill: f32,
    /// The dashboard's edge towards the driver.
    pub(super) dash: f32,
    /// Its top.
    pub(super) dash_top: f32,
    /// Where the windscreen stands on the dashboard.
    pub(super) screen_foot: f32,
    /// Where the windscreen meets the roof.
    pub(super) screen_top: f32,
    /// The middle of the B-pillar at the sill.
    pub(super) b_pillar: f32,
    /// The middle of the C-pillar at the sill.
    pub(super) c_pillar: f32,
    /// How far the roof's edges are drawn in against the doors.
    pub(super) drawn_in: f32,
    /// Where the A-pillar on the driver's side begins and ends.
    pub(super) a_pillar: [Vec3; 2],
    /// The wheel.
    pub(super) wheel: Wheel,
    /// The lowest place under the hips, and the middle of the back where it leans.
    pub(super) under: f32,
    /// From the hips up along the back, unit.
    pub(super) back: Vec3,
    /// How far behind the line from the hips the back's skin is.
    pub(super) behind: f32,
    /// Half the breadth of hips.
    pub(super) half_hips: f32,
    /// The middle of the centre screen.
    pub(super) stack: Vec3,
    /// The rear-view mirror's middle.
    pub(super) mirror: Vec3,
}

impl Layout {
    pub(super) fn new(setting: &Setting, stream: &mut Stream) -> Self {
        let mut range = |a: f64, b: f64| stream.range(a, b) as f32;
        let driver = &setting.driver;
        let lens = setting.camera.as_vec3();
        let wheel = driver.wheel.unwrap_or(Wheel {
            place: driver.hips + Vec3::new(0.0, 0.32, 0.46),
            radius_m: 0.185,
            tilt: 0.45,
            turned: 0.0,
        });
        let skin = || driver.trunk.iter().flatten();
        let widest = skin().map(|p| p.x.abs()).fold(0.2, f32::max);
        let near_hips = |p: &&Vec3| {
            let off = **p - driver.hips;
            off.y.abs() < 0.09 && off.z.abs() < 0.15
        };
        let half_hips = skin()
            .filter(near_hips)
            .map(|p| p.x.abs())
            .fold(0.15, f32::max);
        let under = skin()
            .filter(|p| p.z < driver.hips.z + 0.15)
            .map(|p| p.y)
            .fold(driver.hips.y - 0.06, f32::min);
        let rise = driver.neck - driver.hips;
        let back = Vec3::new(0.0, rise.y, rise.z.min(-0.02)).normalize_or(Vec3::Y);
        let ahead = Vec3::new(0.0, -back.z, back.y);
        let leans = |p: &&Vec3| {
            let off = **p - driver.hips;
            let up = off.dot(back);
            p.x.abs() < 0.12 && up > 0.05 && up < 0.8 * rise.length()
        };
        let behind = skin()
            .filter(leans)
            .map(|p| (*p - driver.hips).dot(ahead))
            .fold(-0.06, f32::min);
        let door = range(0.35, 0.43).max(widest + 0.13);
        let middle = -range(0.34, 0.39).max(half_hips + 0.16);
        let mut roof = driver.head[1].y + range(0.05, 0.14);
        let sill = (driver.eyes.y - range(0.28, 0.37)).min(driver.neck.y - 0.02);
        let plane_up = Vec3::new(0.0, wheel.tilt.cos(), wheel.tilt.sin());
        let rim_top = wheel.place + plane_up * wheel.radius_m;
        let dash = rim_top.z.max(wheel.place.z) + range(0.02, 0.07);
        let mut dash_top = rim_top.y - range(0.02, 0.06);
        let mut screen_foot = wheel.place.z + range(0.66, 0.82);
        let mut screen_top = driver.eyes.z + range(0.27, 0.4);
        let drawn_in = range(0.08, 0.15);
        let mut mirror = Vec3::new(
            middle,
            roof - range(0.07, 0.1),
            screen_top + range(0.03, 0.1),
        );
        let mut stack = Vec3::new(
            middle,
            dash_top - range(0.06, 0.11),
            dash - range(0.0, 0.03),
        );
        let mut pillar_foot = Vec3::new(door - 0.01, sill - 0.03, screen_foot - 0.25);
        let mut pillar_top = Vec3::new(door - drawn_in, roof - 0.035, screen_top);
        // The part that carries the camera goes where the camera is; other parts keep out of its way.
        match setting.mount {
            Mount::Cluster | Mount::SteeringColumn | Mount::Free => {}
            Mount::CentreStack => {
                stack = Vec3::new(lens.x, lens.y - 0.09, lens.z + 0.015);
            }
            Mount::Mirror => {
                mirror = lens + Vec3::new(0.0, 0.055, 0.015);
                roof = roof.max(mirror.y + 0.055);
            }
            Mount::Roof => {
                // Lower at its front edge than over the seats.
                roof = roof.max(lens.y + 0.055);
                screen_top = screen_top.max(lens.z + 0.05);
            }
            Mount::APillar => {
                let rises = pillar_top - pillar_foot;
                let t = ((lens.y - pillar_foot.y) / rises.y).clamp(0.0, 1.0);
                let beside = pillar_foot + rises * t;
                // The lens looks out of the pillar's cover.
                let by = (lens + Vec3::new(0.056, 0.0, 0.044)) - beside;
                pillar_foot += Vec3::new(by.x, 0.0, by.z);
                pillar_top += Vec3::new(by.x, 0.0, by.z);
                screen_foot += by.z;
                screen_top = (screen_top + by.z).max(driver.head[1].z + 0.12);
            }
        }
        if lens.z > dash - 0.05 && lens.y > dash_top - 0.2 {
            dash_top = dash_top.min(lens.y - 0.035);
        }
        screen_foot = screen_foot.max(lens.z + 0.06).max(dash + 0.25);
        Self {
            door,
            middle,
            roof,
            sill,
            dash,
            dash_top,
            screen_foot,
            screen_top,
            b_pillar: driver.neck.z - range(0.18, 0.28),
            c_pillar: driver.neck.z - range(1.0, 1.2),
            drawn_in,
            a_pillar: [pillar_foot, pillar_top],
            wheel,
            under,
            back,
            behind,
            half_hips,
            stack,
            mirror,
        }
    }

    /// The far door's inner side.
    pub(super) fn far_door(&self) -> f32 {
        2.0 * self.middle - self.door
    }

    /// The mirror image of a place on the car's other side.
    pub(super) fn across(&self, p: Vec3) -> Vec3 {
        Vec3::new(2.0 * self.middle - p.x, p.y, p.z)
    }

    /// Half the width between the roof's edges.
    pub(super) fn half_roof(&self) -> f32 {
        self.door - self.drawn_in - self.middle
    }

    /// Where the rear window's foot is.
    pub(super) fn rear(&self) -> f32 {
        self.c_pillar - 0.32
    }
}
