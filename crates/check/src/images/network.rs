//! A user's own network over pictures, as an ONNX file, run by ONNX Runtime's library where there is one.
//!
//! Pictures go in as the largest square in the middle, resampled to the network's size (224 where it leaves that open), values in `[0, 1]`; of three channels the mean and the deviation of `ImageNet` are
//! taken out, as torchvision's networks expect. The first output comes out; of maps their means.

use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use ort::environment::Environment;
use ort::session::Session;
use ort::value::{Tensor, TensorElementType, ValueType};

use super::picture::Picture;
use super::read::PicturesError;

/// Where a network leaves its size open.
const SIDE: usize = 224;
const MEANS: [f32; 3] = [0.485, 0.456, 0.406];
const DEVIATIONS: [f32; 3] = [0.229, 0.224, 0.225];
/// Numbers of one picture, at most.
const WIDEST: usize = 65_536;

/// A network that was opened.
pub(crate) struct Network {
    /// One for each thread, so that none waits and each sums in its own fixed order.
    sessions: Vec<Mutex<Session>>,
    channels: usize,
    height: usize,
    width: usize,
    /// Whether channels are the last dimension.
    last: bool,
    outputs: usize,
    /// As sentences call it.
    pub(super) name: String,
}

/// ONNX Runtime by the library in a file: it can be opened once in a process, and the first file that is named stays.
///
/// # Errors
///
/// A file that is no such library.
pub fn environment(library: &Path) -> Result<&'static Environment, PicturesError> {
    static OPENED: OnceLock<Result<Environment, String>> = OnceLock::new();
    let opened = OPENED.get_or_init(|| {
        ort::init_from(library)
            .map_err(|error| error.to_string())?
            .build()
            .map_err(|error| error.to_string())
    });
    opened.as_ref().map_err(|error| {
        PicturesError::new(
            format!(
                "ONNX files are run by the library of ONNX Runtime, and it cannot be opened: {}",
                first_line(error)
            ),
            "install it (`pip install onnxruntime` has it as onnxruntime/capi/libonnxruntime.so.VERSION) and name the file with --onnxruntime",
        )
    })
}

fn first_line(text: &str) -> &str {
    text.lines()
        .next()
        .unwrap_or_default()
        .trim_end_matches('.')
}

impl Network {
    /// Opens an ONNX file with the library in a file.
    ///
    /// # Errors
    ///
    /// No library; a file that is no ONNX model; a network that does not take one picture of one or three channels, or does not answer with numbers.
    pub(crate) fn open(model: &Path, library: &Path) -> Result<Self, PicturesError> {
        let shown = model.display();
        let bytes = std::fs::read(model).map_err(|error| {
            PicturesError::new(
                format!("{shown} cannot be read: {error}"),
                "name an ONNX file",
            )
        })?;
        let environment = environment(library)?;
        let open = || -> Result<Session, String> {
            let said = |error: &dyn std::fmt::Display| first_line(&error.to_string()).to_owned();
            Session::builder(environment)
                .map_err(|error| said(&error))?
                .with_intra_threads(1)
                .map_err(|error| said(&error))?
                .commit_from_memory(&bytes)
                .map_err(|error| said(&error))
        };
        let first = open().map_err(|error| {
            PicturesError::new(
                format!("{shown} is no ONNX model that can be run: {error}"),
                "export the network to ONNX again",
            )
        })?;
        let unfit = |what: &str| {
            PicturesError::new(
                format!("{shown} {what}"),
                "give a network from one picture (1 × channels × height × width, 32-bit floats) to numbers",
            )
        };
        let [input] = first.inputs() else {
            return Err(unfit("takes other inputs than one picture"));
        };
        let ValueType::Tensor { ty, shape, .. } = input.dtype() else {
            return Err(unfit("takes no tensor"));
        };
        if *ty != TensorElementType::Float32 {
            return Err(unfit("takes other numbers than 32-bit floats"));
        }
        let [_, a, b, c] = shape[..] else {
            return Err(unfit("takes a tensor of other than four dimensions"));
        };
        let last = matches!(c, 1 | 3) && !matches!(a, 1 | 3);
        let (channels, height, width) = if last { (c, a, b) } else { (a, b, c) };
        let channels = if channels < 0 { 3 } else { channels };
        if !matches!(channels, 1 | 3) {
            return Err(unfit(&format!(
                "takes pictures of {channels} channels, and ours have 1 or 3"
            )));
        }
        let side = |size: i64| usize::try_from(size).unwrap_or(SIDE).clamp(1, 4_096);
        let mut sessions = vec![Mutex::new(first)];
        for _ in 1..rayon::current_num_threads() {
            sessions.push(Mutex::new(open().map_err(|error| {
                unfit(&format!("cannot be opened again: {error}"))
            })?));
        }
        let mut network = Self {
            sessions,
            channels: channels as usize,
            height: side(height),
            width: side(width),
            last,
            outputs: 0,
            name: format!(
                "the space of {}",
                model.file_name().unwrap_or_default().to_string_lossy()
            ),
        };
        let answer = network
            .run(&Picture::grey(2, 2, &[0, 80, 160, 255]))
            .map_err(|error| unfit(&format!("cannot be run on a picture: {error}")))?;
        if answer.is_empty() || answer.len() > WIDEST {
            return Err(unfit(&format!(
                "answers with {} numbers, and 1 to {WIDEST} are taken",
                answer.len()
            )));
        }
        network.outputs = answer.len();
        Ok(network)
    }

    /// Numbers that it answers with.
    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    /// What it answers to a picture's bytes, PNG or JPEG.
    pub(crate) fn answer(&self, bytes: &[u8]) -> Result<Vec<f32>, String> {
        self.run(&Picture::decode(bytes)?)
    }

    /// What it answers to a picture.
    pub(super) fn run(&self, picture: &Picture) -> Result<Vec<f32>, String> {
        let square = picture.square();
        let scaled = |plane: usize| -> Vec<f32> {
            let values = if self.channels == 1 {
                square.planes()[0].clone()
            } else {
                square.channel(plane)
            };
            let mut values = values.resampled(self.width, self.height).values;
            if self.channels == 3 {
                for value in &mut values {
                    *value = (*value - MEANS[plane]) / DEVIATIONS[plane];
                }
            }
            values
        };
        let planes: Vec<Vec<f32>> = (0..self.channels).map(scaled).collect();
        let (shape, data) = if self.last {
            let pixels = 0..self.width * self.height;
            let values = pixels.flat_map(|at| planes.iter().map(move |plane| plane[at]));
            (
                [1, self.height, self.width, self.channels],
                values.collect(),
            )
        } else {
            ([1, self.channels, self.height, self.width], planes.concat())
        };
        let said = |error: ort::Error| first_line(&error.to_string()).to_owned();
        let tensor = Tensor::from_array((shape, data)).map_err(said)?;
        let place = rayon::current_thread_index().unwrap_or(0) % self.sessions.len();
        let mut session = self.sessions[place]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let outputs = session.run(ort::inputs![tensor]).map_err(said)?;
        let Some((_, first)) = outputs.iter().next() else {
            return Err("it has no output".to_owned());
        };
        let (shape, values) = first.try_extract_tensor::<f32>().map_err(said)?;
        let answer: Vec<f32> = match shape[..] {
            [_, maps, height, width] if maps > 0 && height * width > 1 => values
                .chunks_exact((height * width) as usize)
                .map(|map| map.iter().sum::<f32>() / map.len() as f32)
                .collect(),
            _ => values.to_vec(),
        };
        if self.outputs > 0 && answer.len() != self.outputs {
            return Err(
                "the network answers with another number of numbers than before".to_owned(),
            );
        }
        if answer.iter().any(|value| !value.is_finite()) {
            return Err("the network's answer is not finite".to_owned());
        }
        Ok(answer)
    }
}
