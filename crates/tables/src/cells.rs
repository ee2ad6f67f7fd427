//! One value at a time out of an Arrow column.

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal32Type, Decimal64Type, Decimal128Type, Float16Type,
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, Time32MillisecondType,
    Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit as ArrowUnit};

use crate::table::{Storage, TimeUnit};

/// A stored value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell<'a> {
    Null,
    Text(&'a str),
    Integer(i64),
    Number(f64),
    Boolean(bool),
    /// Seconds since 1970-01-01T00:00, or since midnight.
    Moment(f64),
}

/// Hands every value of a column on, in order. Columns of types that no source gives are all null.
pub(crate) fn visit<'a>(array: &'a ArrayRef, mut each: impl FnMut(Cell<'a>)) {
    match array.data_type() {
        DataType::Utf8 => {
            let array = array.as_string::<i32>();
            if array.null_count() == 0 {
                (0..array.len()).for_each(|row| each(Cell::Text(array.value(row))));
            } else {
                array
                    .iter()
                    .for_each(|cell| each(cell.map_or(Cell::Null, Cell::Text)));
            }
        }
        DataType::LargeUtf8 => array
            .as_string::<i64>()
            .iter()
            .for_each(|cell| each(cell.map_or(Cell::Null, Cell::Text))),
        DataType::Utf8View => array
            .as_string_view()
            .iter()
            .for_each(|cell| each(cell.map_or(Cell::Null, Cell::Text))),
        DataType::Boolean => array
            .as_boolean()
            .iter()
            .for_each(|cell| each(cell.map_or(Cell::Null, Cell::Boolean))),
        DataType::Int8 => primitive::<Int8Type>(array, each, |v| Cell::Integer(v.into())),
        DataType::Int16 => primitive::<Int16Type>(array, each, |v| Cell::Integer(v.into())),
        DataType::Int32 => primitive::<Int32Type>(array, each, |v| Cell::Integer(v.into())),
        DataType::Int64 => primitive::<Int64Type>(array, each, Cell::Integer),
        DataType::UInt8 => primitive::<UInt8Type>(array, each, |v| Cell::Integer(v.into())),
        DataType::UInt16 => primitive::<UInt16Type>(array, each, |v| Cell::Integer(v.into())),
        DataType::UInt32 => primitive::<UInt32Type>(array, each, |v| Cell::Integer(v.into())),
        DataType::UInt64 => primitive::<UInt64Type>(array, each, |v| {
            i64::try_from(v).map_or(Cell::Number(v as f64), Cell::Integer)
        }),
        DataType::Float16 => primitive::<Float16Type>(array, each, |v| number(single(v.to_f32()))),
        DataType::Float32 => primitive::<Float32Type>(array, each, |v| number(single(v))),
        DataType::Float64 => primitive::<Float64Type>(array, each, number),
        DataType::Decimal32(_, scale) => {
            let scale = i32::from(*scale);
            primitive::<Decimal32Type>(array, each, |v| decimal(i128::from(v), scale));
        }
        DataType::Decimal64(_, scale) => {
            let scale = i32::from(*scale);
            primitive::<Decimal64Type>(array, each, |v| decimal(i128::from(v), scale));
        }
        DataType::Decimal128(_, scale) => {
            let scale = i32::from(*scale);
            primitive::<Decimal128Type>(array, each, |v| decimal(v, scale));
        }
        DataType::Date32 => {
            primitive::<Date32Type>(array, each, |v| Cell::Moment(f64::from(v) * 86_400.0));
        }
        DataType::Timestamp(ArrowUnit::Second, _) => {
            primitive::<TimestampSecondType>(array, each, |v| Cell::Moment(v as f64));
        }
        DataType::Timestamp(ArrowUnit::Millisecond, _) => {
            primitive::<TimestampMillisecondType>(array, each, |v| moment(v, 1_000));
        }
        DataType::Timestamp(ArrowUnit::Microsecond, _) => {
            primitive::<TimestampMicrosecondType>(array, each, |v| moment(v, 1_000_000));
        }
        DataType::Timestamp(ArrowUnit::Nanosecond, _) => {
            primitive::<TimestampNanosecondType>(array, each, |v| moment(v, 1_000_000_000));
        }
        DataType::Time32(ArrowUnit::Second) => {
            primitive::<Time32SecondType>(array, each, |v| moment(v.into(), 1));
        }
        DataType::Time32(_) => {
            primitive::<Time32MillisecondType>(array, each, |v| moment(v.into(), 1_000));
        }
        DataType::Time64(ArrowUnit::Microsecond) => {
            primitive::<Time64MicrosecondType>(array, each, |v| moment(v, 1_000_000));
        }
        DataType::Time64(_) => {
            primitive::<Time64NanosecondType>(array, each, |v| moment(v, 1_000_000_000));
        }
        _ => (0..array.len()).for_each(|_| each(Cell::Null)),
    }
}

fn primitive<'a, T: ArrowPrimitiveType>(
    array: &'a ArrayRef,
    mut each: impl FnMut(Cell<'a>),
    convert: impl Fn(T::Native) -> Cell<'a>,
) {
    let array = array.as_primitive::<T>();
    if array.null_count() == 0 {
        array
            .values()
            .iter()
            .for_each(|&value| each(convert(value)));
    } else {
        array
            .iter()
            .for_each(|value| each(value.map_or(Cell::Null, &convert)));
    }
}

/// What is no number is no value.
fn number<'a>(value: f64) -> Cell<'a> {
    if value.is_finite() {
        Cell::Number(value)
    } else {
        Cell::Null
    }
}

/// A single-precision number as the double that is written alike: 0.1, not 0.10000000149.
fn single(value: f32) -> f64 {
    if value.fract() == 0.0 {
        return f64::from(value);
    }
    value
        .to_string()
        .parse()
        .unwrap_or_else(|_| f64::from(value))
}

fn decimal<'a>(value: i128, scale: i32) -> Cell<'a> {
    // Division by an exact power of ten rounds once; a product with its inverse would round twice.
    Cell::Number(if scale >= 0 {
        value as f64 / 10f64.powi(scale)
    } else {
        value as f64 * 10f64.powi(-scale)
    })
}

fn moment<'a>(value: i64, per_second: i64) -> Cell<'a> {
    Cell::Moment(
        value.div_euclid(per_second) as f64
            + value.rem_euclid(per_second) as f64 / per_second as f64,
    )
}

/// How a column of this type holds its values.
pub(crate) fn storage(kind: &DataType) -> Storage {
    let integer = |bits, signed| Storage::Integer { bits, signed };
    match kind {
        DataType::Boolean => Storage::Boolean,
        DataType::Int8 => integer(8, true),
        DataType::Int16 => integer(16, true),
        DataType::Int32 => integer(32, true),
        DataType::Int64 => integer(64, true),
        DataType::UInt8 => integer(8, false),
        DataType::UInt16 => integer(16, false),
        DataType::UInt32 => integer(32, false),
        DataType::UInt64 => integer(64, false),
        DataType::Float16 | DataType::Float32 => Storage::Float { bits: 32 },
        DataType::Float64 => Storage::Float { bits: 64 },
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale) => Storage::Decimal {
            precision: *precision,
            scale: *scale,
        },
        DataType::Date32 => Storage::Date,
        DataType::Timestamp(unit, zone) => Storage::Timestamp {
            unit: match unit {
                ArrowUnit::Second => TimeUnit::Second,
                ArrowUnit::Millisecond => TimeUnit::Millisecond,
                ArrowUnit::Microsecond => TimeUnit::Microsecond,
                ArrowUnit::Nanosecond => TimeUnit::Nanosecond,
            },
            utc: zone.is_some(),
        },
        _ => Storage::Text,
    }
}
