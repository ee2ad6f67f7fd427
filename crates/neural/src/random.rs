//! Random numbers of training that protect nobody: initial weights and what generators start from.

use population::stream::Stream;

pub(crate) fn normals(stream: &mut Stream, count: usize, sd: f32) -> Vec<f32> {
    (0..count).map(|_| sd * stream.normal() as f32).collect()
}
