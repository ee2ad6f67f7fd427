//! Pictures of scenes without a data set around them: any [`Scene`] in, a developed picture and its ground-truth layers out.

use label::layout;
use render::oidn::{Denoiser, Quality};
use render::view::View;
use render::{Denoise, Frame, Layers, RenderError, Settings, Tracer, sensor};
use scene::pack::Store;
use scene::{Camera, Scene, write};

use crate::StudioError;

/// Most pixels of one picture; a frame takes about a hundred bytes for each.
pub const MOST_PIXELS: u64 = 1 << 26;

/// What happens to the noise of a picture.
#[derive(Debug)]
pub enum Noise {
    /// It stays.
    Kept,
    /// Our own filter takes it out.
    Own,
    /// Open Image Denoise takes it out.
    Oidn(Denoiser),
}

impl Noise {
    /// Open Image Denoise from its pack.
    ///
    /// # Errors
    /// [`StudioError`] when the pack is not installed or the library cannot be used.
    pub fn oidn(store: &Store) -> Result<Self, StudioError> {
        store.require(&[crate::OIDN])?;
        Denoiser::open(&store.path(crate::OIDN, crate::OIDN_LIBRARY))
            .map(Self::Oidn)
            .map_err(StudioError::Denoiser)
    }

    /// Open Image Denoise where its pack is installed, our own filter elsewhere.
    ///
    /// # Errors
    /// [`StudioError`] when the library is there and cannot be used.
    pub fn best(store: &Store) -> Result<Self, StudioError> {
        if store.require(&[crate::OIDN]).is_ok() {
            Self::oidn(store)
        } else {
            Ok(Self::Own)
        }
    }
}

/// What a picture of a scene is worth.
#[derive(Debug)]
pub struct Effort {
    /// Paths through each pixel.
    pub samples_per_pixel: u32,
    /// What happens to the noise that is left.
    pub noise: Noise,
    /// Another seed gives other noise.
    pub seed: u64,
}

/// How bright a picture is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Exposure {
    /// As the scene's camera has it.
    Camera,
    /// So that surfaces are middle grey in the (geometric) mean.
    Metered,
    /// Stops over the radiance as it is.
    Ev(f64),
}

/// A ground-truth layer, as files hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Metres along the camera's axis; 0 where nothing is.
    Depth,
    /// Camera space: x right, y down, z forward.
    Normals,
    /// Surface colour without light, linear.
    Albedo,
    /// Number of the object in the file, from 0; −1 where nothing is.
    Objects,
    /// Person or thing, from 1; 0 is scenery or nothing.
    Instances,
    /// [`scene::mesh::Part`] as a number.
    Parts,
    /// Texture coordinates, v up.
    Uv,
}

impl Layer {
    /// In the order they are listed.
    pub const ALL: [Self; 7] = [
        Self::Depth,
        Self::Normals,
        Self::Albedo,
        Self::Objects,
        Self::Instances,
        Self::Parts,
        Self::Uv,
    ];

    /// How it is asked for, and what its file beside a picture is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Depth => "depth",
            Self::Normals => "normals",
            Self::Albedo => "albedo",
            Self::Objects => "objects",
            Self::Instances => "instances",
            Self::Parts => "parts",
            Self::Uv => "uv",
        }
    }

    /// Channels of the layer in an EXR file, each row-major.
    fn channels(self, layers: &Layers) -> Vec<(&'static str, Vec<f32>)> {
        let third = |of: &[[f32; 3]], k: usize| of.iter().map(|value| value[k]).collect();
        match self {
            Self::Depth => vec![("depth.Z", layers.depth_m.clone())],
            Self::Normals => vec![
                ("normals.X", third(&layers.normal_camera, 0)),
                ("normals.Y", third(&layers.normal_camera, 1)),
                ("normals.Z", third(&layers.normal_camera, 2)),
            ],
            Self::Albedo => vec![
                ("albedo.R", third(&layers.albedo, 0)),
                ("albedo.G", third(&layers.albedo, 1)),
                ("albedo.B", third(&layers.albedo, 2)),
            ],
            Self::Objects => {
                // Whole numbers are exact in single precision up to 2²⁴.
                let id = |&object: &u32| {
                    if object == u32::MAX {
                        -1.0
                    } else {
                        object as f32
                    }
                };
                vec![("objects.ID", layers.object.iter().map(id).collect())]
            }
            Self::Instances => {
                let ids = layers.instance.iter().map(|&id| f32::from(id)).collect();
                vec![("instances.ID", ids)]
            }
            Self::Parts => {
                let ids = layers
                    .part
                    .iter()
                    .map(|&part| f32::from(part as u8))
                    .collect();
                vec![("parts.ID", ids)]
            }
            Self::Uv => {
                let half = |k: usize| layers.uv.iter().map(|uv| uv[k]).collect();
                vec![("uv.U", half(0)), ("uv.V", half(1))]
            }
        }
    }
}

/// A rendered scene.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    frame: Frame,
    exposure_ev: f64,
    png: Vec<u8>,
}

/// Renders a scene on the current rayon pool.
///
/// # Errors
/// [`StudioError::Scene`] when the scene cannot be rendered: it says what is wrong, and nothing is drawn.
pub fn picture(scene: &Scene, effort: &Effort, exposure: Exposure) -> Result<Picture, StudioError> {
    let (width, height) = (scene.camera.width_px, scene.camera.height_px);
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(StudioError::Size {
            width_px: width,
            height_px: height,
        });
    }
    let settings = Settings {
        denoise: match effort.noise {
            Noise::Kept => Denoise::None,
            Noise::Own => Denoise::Own,
            Noise::Oidn(_) => Denoise::Later,
        },
        ..Settings::portrait(effort.samples_per_pixel, effort.seed)
    };
    let tracer = Tracer::new(scene).map_err(StudioError::Scene)?;
    let mut frame = tracer.render(&settings);
    if let Noise::Oidn(denoiser) = &effort.noise {
        denoiser
            .denoise(&mut frame, Quality::Fast)
            .map_err(StudioError::Denoiser)?;
    }
    let camera = Camera {
        exposure_ev: match exposure {
            Exposure::Camera => scene.camera.exposure_ev,
            Exposure::Metered => metered(&frame),
            Exposure::Ev(stops) => stops,
        },
        ..scene.camera.clone()
    };
    Picture::new(frame, &camera, View::Filmic, effort.seed).map_err(StudioError::Scene)
}

/// A frame as a camera's 8-bit sRGB PNG file; `noise` seeds its sensor's.
pub(crate) fn developed(
    frame: &Frame,
    camera: &Camera,
    view: View,
    noise: u64,
) -> Result<Vec<u8>, RenderError> {
    let pixels = sensor::develop(&frame.radiance, camera, view, noise)?;
    Ok(write::png_rgb8(frame.width, frame.height, &pixels))
}

impl Picture {
    pub(crate) fn new(
        frame: Frame,
        camera: &Camera,
        view: View,
        noise: u64,
    ) -> Result<Self, RenderError> {
        let png = developed(&frame, camera, view, noise)?;
        Ok(Self {
            frame,
            exposure_ev: camera.exposure_ev,
            png,
        })
    }

    /// Stops the developed picture is brighter than the radiance.
    pub fn exposure_ev(&self) -> f64 {
        self.exposure_ev
    }

    /// The developed picture as an 8-bit sRGB PNG file.
    pub fn png(&self) -> &[u8] {
        &self.png
    }

    /// Linear radiance, without exposure, in the channels R, G and B of an EXR file, and layers in channels of their own (`depth.Z`,
    /// `normals.X`, …): 32-bit floats, one part, so that programs that know no layers still show the picture.
    pub fn exr(&self, layers: &[Layer]) -> Vec<u8> {
        let radiance = |k: usize| self.frame.radiance.iter().map(|pixel| pixel[k]).collect();
        let mut planes: Vec<(&str, Vec<f32>)> =
            vec![("R", radiance(0)), ("G", radiance(1)), ("B", radiance(2))];
        for layer in layers {
            planes.extend(layer.channels(&self.frame.layers));
        }
        self.exr_of(&planes)
    }

    /// One layer as a file of its own, with the ending of its name: encoded as in a data set (see [`layout`]), objects as EXR.
    pub fn layer(&self, layer: Layer) -> (&'static str, Vec<u8>) {
        let (width, height) = (self.frame.width, self.frame.height);
        let layers = &self.frame.layers;
        match layer {
            Layer::Depth => (
                "exr",
                self.exr_of(&[(layout::DEPTH_CHANNEL, layers.depth_m.clone())]),
            ),
            Layer::Objects | Layer::Uv => {
                let planes: Vec<(&str, Vec<f32>)> = layer
                    .channels(layers)
                    .into_iter()
                    .map(|(name, plane)| (name.rsplit('.').next().unwrap_or(name), plane))
                    .collect();
                ("exr", self.exr_of(&planes))
            }
            Layer::Normals => {
                let normals: Vec<u16> = layers
                    .normal_camera
                    .iter()
                    .flat_map(|&normal| layout::encode_normal(normal))
                    .collect();
                ("png", write::png_rgb16(width, height, &normals))
            }
            Layer::Albedo => {
                let albedo: Vec<u8> = layers
                    .albedo
                    .iter()
                    .flat_map(|colour| colour.map(layout::encode_srgb))
                    .collect();
                ("png", write::png_rgb8(width, height, &albedo))
            }
            Layer::Instances => ("png", write::png_grey16(width, height, &layers.instance)),
            Layer::Parts => {
                let parts: Vec<u8> = layers.part.iter().map(|&part| part as u8).collect();
                ("png", write::png_grey8(width, height, &parts))
            }
        }
    }

    fn exr_of(&self, planes: &[(&str, Vec<f32>)]) -> Vec<u8> {
        let borrowed: Vec<(&str, &[f32])> = planes
            .iter()
            .map(|(name, plane)| (*name, &plane[..]))
            .collect();
        write::exr_layers(self.frame.width, self.frame.height, &borrowed)
    }
}

/// Stops that bring the geometric mean of surfaces' luminance to middle grey, 0.18; 0 where nothing is lit.
fn metered(frame: &Frame) -> f64 {
    let lit = frame
        .radiance
        .iter()
        .zip(&frame.layers.object)
        .filter_map(|([r, g, b], object)| {
            let luminance =
                0.2126 * f64::from(*r) + 0.7152 * f64::from(*g) + 0.0722 * f64::from(*b);
            (*object != u32::MAX && luminance > 0.0).then(|| luminance.log2())
        });
    let (sum, count) = lit.fold((0.0, 0_u32), |(sum, count), stops| (sum + stops, count + 1));
    if count == 0 {
        return 0.0;
    }
    0.18_f64.log2() - sum / f64::from(count)
}
