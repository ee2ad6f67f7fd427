//! One draw of all attributes.
/// A value of one attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Value { Number(f64), Integer(i64), Category(String), Mix(Vec<f64>) }
