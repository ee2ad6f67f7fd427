//! Pictures as SVG: colours that colour-blind readers tell apart (Okabe & Ito 2008) and, beside them, dashes and marks; all come from the page's style, so that they are dark where the page is.

use std::fmt::Write as _;

use super::escape;
use super::panels::{of_panels, of_plane};
use crate::finding::{Bar, Chart, Map, Series};

/// The width of a picture in its own units; the page scales it.
pub(super) const WIDTH: f64 = 640.0;
/// Of the letters of a picture, roughly.
pub(super) const LETTER: f64 = 7.0;

/// A chart, with a title for those who do not see it.
pub(super) fn svg(chart: &Chart, title: &str) -> String {
    match chart {
        Chart::Bars(bars) => of_bars(bars, title),
        Chart::Lines { x, y, series } => of_lines(x, y, series, title),
        Chart::Maps {
            labels,
            scale,
            maps,
        } => of_maps(labels, *scale, maps, title),
        Chart::Panels {
            x,
            ticks,
            range,
            panels,
        } => of_panels(x, ticks, *range, panels, title),
        Chart::Plane { x, y, points } => of_plane(x, y, points, title),
    }
}

pub(super) fn opened(width: f64, height: f64, title: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" aria-label=\"{}\">",
        escape(title)
    )
}

/// As many letters as fit, and dots where there are more.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return escape(text);
    }
    let start: String = text.chars().take(most.saturating_sub(1)).collect();
    escape(&format!("{start}…"))
}

fn of_bars(bars: &[Bar], title: &str) -> String {
    let (row, left) = (24.0, 220.0);
    let right = 64.0;
    let marked = bars.iter().any(|bar| bar.mark.is_some());
    let height = (bars.len() as f64 + f64::from(u8::from(marked))) * row + 8.0;
    let wide = WIDTH - left - right;
    let mut svg = opened(WIDTH, height, title);
    for (place, bar) in bars.iter().enumerate() {
        let top = place as f64 * row + 4.0;
        let value = bar.value.clamp(0.0, 1.0);
        let _ = write!(
            svg,
            "<text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{}</text><rect class=\"bar\" x=\"{left}\" y=\"{:.1}\" width=\"{:.1}\" height=\"14\"/><text class=\"quiet\" x=\"{:.1}\" y=\"{:.1}\">{:.1} %</text>",
            left - 8.0,
            top + 13.0,
            cut(&bar.label, (left / LETTER) as usize - 5),
            top + 2.0,
            value * wide,
            left + wide + 8.0,
            top + 13.0,
            bar.value * 100.0
        );
        if let Some(mark) = bar.mark {
            let x = left + mark.clamp(0.0, 1.0) * wide;
            let _ = write!(
                svg,
                "<line class=\"mark\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>",
                top - 1.0,
                top + 19.0
            );
        }
    }
    if marked {
        let y = bars.len() as f64 * row + 17.0;
        let _ = write!(
            svg,
            "<line class=\"mark\" x1=\"{left}\" x2=\"{left}\" y1=\"{:.1}\" y2=\"{:.1}\"/><text class=\"quiet\" x=\"{:.1}\" y=\"{y:.1}\">what fresh real data reach</text>",
            y - 14.0,
            y + 4.0,
            left + 10.0
        );
    }
    svg.push_str("</svg>");
    svg
}

fn of_lines(x: &str, y: &str, series: &[Series], title: &str) -> String {
    let (left, top, wide, tall) = (64.0, 12.0, WIDTH - 84.0, 260.0);
    let points = || series.iter().flat_map(|series| &series.points);
    let far = points().map(|point| point.0).fold(0.0, f64::max).max(1e-9);
    let height = top + tall + 56.0 + 20.0 * series.len() as f64;
    let mut svg = opened(WIDTH, height, title);
    let at_x = |value: f64| left + value / far * wide;
    let at_y = |value: f64| top + (1.0 - value.clamp(0.0, 1.0)) * tall;
    for step in 0..=4 {
        let share = f64::from(step) / 4.0;
        let _ = write!(
            svg,
            "<path class=\"axis\" d=\"M{left:.1} {0:.1}H{1:.1}\"/><text class=\"quiet\" x=\"{2:.1}\" y=\"{3:.1}\" text-anchor=\"end\">{4:.0} %</text><text class=\"quiet\" x=\"{5:.1}\" y=\"{6:.1}\" text-anchor=\"middle\">{7:.2}</text>",
            at_y(share),
            left + wide,
            left - 8.0,
            at_y(share) + 4.0,
            share * 100.0,
            at_x(share * far),
            top + tall + 18.0,
            share * far
        );
    }
    let _ = write!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{} →</text>",
        left + wide / 2.0,
        top + tall + 38.0,
        escape(x)
    );
    for (place, series) in series.iter().enumerate() {
        let mut path = String::new();
        for (number, point) in series.points.iter().enumerate() {
            let _ = write!(
                path,
                "{}{:.1} {:.1}",
                if number == 0 { "M" } else { "L" },
                at_x(point.0),
                at_y(point.1)
            );
        }
        let legend = top + tall + 60.0 + 20.0 * place as f64;
        let class = place % 3;
        let _ = write!(
            svg,
            "<path class=\"line s{class}\" d=\"{path}\"/><path class=\"line s{class}\" d=\"M{left:.1} {0:.1}h36\"/><text x=\"{1:.1}\" y=\"{2:.1}\">{3}: {4}</text>",
            legend - 4.0,
            left + 44.0,
            legend,
            escape(&series.name),
            escape(y)
        );
    }
    svg.push_str("</svg>");
    svg
}

fn of_maps(labels: &[String], scale: (f64, f64), maps: &[Map], title: &str) -> String {
    let cells = maps.first().map_or(0, |map| map.values.len()).max(1);
    let longest = labels
        .iter()
        .map(|label| label.chars().count())
        .max()
        .unwrap_or(0)
        .min(18);
    let margin = if labels.is_empty() {
        8.0
    } else {
        longest as f64 * LETTER + 12.0
    };
    let abreast = if labels.is_empty() { 2 } else { 1 };
    let side = if labels.is_empty() {
        300.0
    } else {
        (WIDTH - margin - 8.0).min(cells as f64 * 26.0)
    };
    let cell = side / cells as f64;
    let block = side + margin + 34.0;
    let lines = maps.len().div_ceil(abreast);
    let mut svg = opened(WIDTH, lines as f64 * block + 26.0, title);
    for (number, map) in maps.iter().enumerate() {
        let left = margin + (number % abreast) as f64 * (side + 20.0);
        let top = (number / abreast) as f64 * block + 26.0;
        let _ = write!(
            svg,
            "<text x=\"{left:.1}\" y=\"{:.1}\">{}</text>",
            top - 8.0,
            escape(&map.name)
        );
        for (row, values) in map.values.iter().enumerate() {
            let y = top + row as f64 * cell;
            for (column, value) in values.iter().enumerate() {
                let x = left + column as f64 * cell;
                let Some(value) = value else { continue };
                let reach = if *value >= 0.0 { scale.1 } else { -scale.0 };
                let strength = (value.abs() / reach.max(1e-9)).clamp(0.0, 1.0);
                if strength < 0.005 {
                    continue;
                }
                let class = if *value >= 0.0 { "plus" } else { "minus" };
                let _ = write!(
                    svg,
                    "<rect class=\"cell {class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{cell:.2}\" height=\"{cell:.2}\" fill-opacity=\"{strength:.2}\"/>"
                );
            }
            if let Some(label) = labels.get(row) {
                let _ = write!(
                    svg,
                    "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                    left - 6.0,
                    y + cell / 2.0 + 4.0,
                    cut(label, 18)
                );
                let (x, bottom) = (
                    left + row as f64 * cell + cell / 2.0 + 4.0,
                    top + side + 8.0,
                );
                let _ = write!(
                    svg,
                    "<text transform=\"translate({x:.1} {bottom:.1}) rotate(-90)\" text-anchor=\"end\">{}</text>",
                    cut(label, 18)
                );
            }
        }
        let _ = write!(
            svg,
            "<rect class=\"axis\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{side:.1}\" height=\"{side:.1}\"/>"
        );
    }
    svg.push_str("</svg>");
    svg
}
