//! Small pictures side by side, and points on a plane with what no point reaches.

use std::fmt::Write as _;

use super::chart::{LETTER, WIDTH, cut, opened};
use super::escape;
use crate::finding::{Panel, PlanePoint};

/// Values at the same places in several panels, each with its interval, and a dashed line at a reference.
pub(super) fn of_panels(
    x: &str,
    ticks: &[String],
    range: (f64, f64),
    panels: &[Panel],
    title: &str,
) -> String {
    let abreast = if panels.len() == 1 { 1 } else { 2 };
    let (gap, left, tall, above, below) = (24.0, 46.0, 110.0, 24.0, 42.0);
    let block = (WIDTH - gap * (abreast as f64 - 1.0)) / abreast as f64;
    let wide = block - left - 10.0;
    let rows = panels.len().div_ceil(abreast);
    let mut svg = opened(WIDTH, rows as f64 * (above + tall + below) + 22.0, title);
    for (number, panel) in panels.iter().enumerate() {
        let from = (number % abreast) as f64 * (block + gap) + left;
        let top = (number / abreast) as f64 * (above + tall + below) + above;
        let at_x = |tick: usize| from + (tick as f64 + 0.5) / ticks.len().max(1) as f64 * wide;
        let at_y = |value: f64| {
            let share = (value - range.0) / (range.1 - range.0).max(1e-9);
            top + (1.0 - share.clamp(0.0, 1.0)) * tall
        };
        let letters = if abreast == 1 { 80 } else { 38 };
        let _ = write!(
            svg,
            "<text x=\"{from:.1}\" y=\"{:.1}\">{}</text>",
            top - 8.0,
            cut(&panel.name, letters)
        );
        for step in 0..=2 {
            let value = range.0 + (range.1 - range.0) * f64::from(step) / 2.0;
            let y = at_y(value);
            let _ = write!(
                svg,
                "<path class=\"axis\" d=\"M{from:.1} {y:.1}h{wide:.1}\"/><text class=\"quiet\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{value:.2}</text>",
                from - 6.0,
                y + 4.0
            );
        }
        // Names that would lie on one another are left out, evenly.
        let longest = ticks.iter().map(|name| name.chars().count().min(8)).max();
        let needed = (longest.unwrap_or(0) + 1) as f64 * LETTER;
        let every = (needed * ticks.len() as f64 / wide).ceil().max(1.0) as usize;
        for (tick, name) in ticks.iter().enumerate().step_by(every) {
            let _ = write!(
                svg,
                "<text class=\"quiet\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                at_x(tick),
                top + tall + 17.0,
                cut(name, 8)
            );
        }
        if let Some(reference) = panel.reference {
            let y = at_y(reference);
            let _ = write!(
                svg,
                "<path class=\"line s1\" d=\"M{from:.1} {y:.1}h{wide:.1}\"/>"
            );
        }
        let mut path = String::new();
        for point in &panel.points {
            let (x, y) = (at_x(point.tick), at_y(point.value));
            let _ = write!(
                path,
                "{}{x:.1} {y:.1}",
                if path.is_empty() { "M" } else { "L" }
            );
            let _ = write!(
                svg,
                "<path class=\"line s0\" d=\"M{x:.1} {:.1}V{:.1}\"/><circle class=\"bar\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>",
                at_y(point.low),
                at_y(point.high)
            );
        }
        let _ = write!(svg, "<path class=\"line s0 thin\" d=\"{path}\"/>");
    }
    let _ = write!(
        svg,
        "<text class=\"quiet\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{} →</text></svg>",
        WIDTH / 2.0,
        rows as f64 * (above + tall + below) + 12.0,
        escape(x)
    );
    svg
}

/// Points whose left and upper sides are better; what lies left of and above all of them is shaded.
pub(super) fn of_plane(x: &str, y: &str, points: &[PlanePoint], title: &str) -> String {
    let (left, top, wide, tall) = (64.0, 14.0, WIDTH - 90.0, 270.0);
    let most = |of: fn(&PlanePoint) -> f64, start: f64| points.iter().map(of).fold(start, f64::max);
    let far = (most(|p| p.x, 0.0) * 1.15).max(0.05);
    let high = (most(|p| p.y, 0.5) + 0.03).min(1.0);
    let low = (points.iter().map(|p| p.y).fold(1.0, f64::min) - 0.05).max(0.0);
    let at_x = |value: f64| left + (value / far).clamp(0.0, 1.0) * wide;
    let at_y = |value: f64| top + (1.0 - ((value - low) / (high - low)).clamp(0.0, 1.0)) * tall;
    let mut svg = opened(WIDTH, top + tall + 74.0, title);
    // Stairs: the best so far from the least gap on.
    let mut order: Vec<&PlanePoint> = points.iter().collect();
    order.sort_by(|a, b| a.x.total_cmp(&b.x));
    let mut stairs = format!("M{left:.1} {top:.1}V{:.1}", top + tall);
    let mut best = low;
    for point in order.iter().filter(|point| point.known) {
        if point.y > best {
            let _ = write!(stairs, "H{:.1}V{:.1}", at_x(point.x), at_y(point.y));
            best = point.y;
        }
    }
    let _ = write!(stairs, "H{:.1}V{top:.1}Z", left + wide);
    let _ = write!(svg, "<path class=\"out\" d=\"{stairs}\"/>");
    for step in 0..=4 {
        let share = f64::from(step) / 4.0;
        let (gap, value) = (share * far, low + share * (high - low));
        let _ = write!(
            svg,
            "<path class=\"axis\" d=\"M{left:.1} {0:.1}h{wide:.1}\"/><text class=\"quiet\" x=\"{1:.1}\" y=\"{2:.1}\" text-anchor=\"end\">{value:.2}</text><text class=\"quiet\" x=\"{3:.1}\" y=\"{4:.1}\" text-anchor=\"middle\">{gap:.2}</text>",
            at_y(value),
            left - 8.0,
            at_y(value) + 4.0,
            at_x(gap),
            top + tall + 18.0
        );
    }
    for point in points {
        let (px, py) = (at_x(point.x), at_y(point.y));
        let mark = if point.known {
            format!("<circle class=\"bar\" cx=\"{px:.1}\" cy=\"{py:.1}\" r=\"5\"/>")
        } else {
            format!("<circle class=\"line s1\" cx=\"{px:.1}\" cy=\"{py:.1}\" r=\"5\"/>")
        };
        let (side, anchor) = if px > left + wide - 90.0 {
            (-9.0, "end")
        } else {
            (9.0, "start")
        };
        let _ = write!(
            svg,
            "{mark}<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>",
            px + side,
            py + 4.0,
            escape(&point.label)
        );
    }
    let _ = write!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">← {}</text><text class=\"quiet\" x=\"{left:.1}\" y=\"{:.1}\">upwards: {}; shaded: what no ε that was tried attains</text></svg>",
        left + wide / 2.0,
        top + tall + 40.0,
        escape(x),
        top + tall + 62.0,
        escape(y)
    );
    svg
}
