//! A report as one HTML file: nothing is loaded from elsewhere, all of it can be printed, reached by keyboard and read aloud.

mod chart;
mod panels;

use std::fmt::Write as _;

use privacy::grouped;

use crate::finding::{Control, Detail, Direction, Finding, Number, Outcome, Standing, Table};
use crate::report::{Report, Section};

/// Text as HTML writes it, in content and in quoted attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The same, where `names` between back quotes are set as code.
fn prose(text: &str) -> String {
    let mut html = String::new();
    for (place, part) in text.split('`').enumerate() {
        if place % 2 == 1 {
            let _ = write!(html, "<code>{}</code>", escape(part));
        } else {
            html.push_str(&escape(part));
        }
    }
    html
}

/// The sign before a standing's word: a form beside the colour.
fn sign(standing: Standing) -> &'static str {
    match standing {
        Standing::Good => "✓",
        Standing::Attention => "△",
        Standing::Bad => "✗",
        Standing::Inconclusive => "?",
        Standing::NotComputed => "–",
        Standing::Neutral => "·",
    }
}

fn class(standing: Standing) -> &'static str {
    match standing {
        Standing::Good => "good",
        Standing::Attention => "attention",
        Standing::Bad => "bad",
        Standing::Inconclusive => "inconclusive",
        Standing::NotComputed => "not_computed",
        Standing::Neutral => "neutral",
    }
}

fn badge(standing: Standing) -> String {
    format!(
        "<span class=\"badge {}\"><span aria-hidden=\"true\">{} </span>{}</span>",
        class(standing),
        sign(standing),
        standing.word()
    )
}

impl Report {
    /// The page.
    pub fn page(&self) -> String {
        let mut html = String::from(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n<title>",
        );
        let _ = write!(
            html,
            "{}</title>\n<style>\n{}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#verdict\">Skip to the verdict</a>\n<header>\n<h1>{}</h1>\n",
            escape(&self.about.question.replace('`', "")),
            include_str!("style.css"),
            prose(&self.about.question)
        );
        html.push_str("<p class=\"soft\">");
        for (place, table) in self.about.tables.iter().enumerate() {
            let _ = write!(
                html,
                "{}{}: {} ({} {})",
                if place == 0 { "" } else { " · " },
                escape(&table.role),
                escape(&table.name),
                grouped(table.rows),
                table.of
            );
        }
        html.push_str("</p>\n</header>\n<main id=\"verdict\" tabindex=\"-1\">\n");
        self.verdicts(&mut html);
        for section in &self.sections {
            of_section(&mut html, section);
        }
        self.about(&mut html);
        html.push_str("</main>\n</body>\n</html>\n");
        html
    }

    fn verdicts(&self, html: &mut String) {
        if !self.broken.is_empty() {
            html.push_str("<div class=\"warning\"><strong>Limits are broken.</strong><ul>");
            for broken in &self.broken {
                let _ = write!(html, "<li>{}</li>", prose(&broken.sentence));
            }
            html.push_str("</ul></div>\n");
        }
        html.push_str("<ol class=\"verdicts\">\n");
        for section in &self.sections {
            let _ = write!(
                html,
                "<li><div class=\"head\"><h2><a href=\"#{}\">{}</a></h2>{}</div>",
                escape(&section.id),
                escape(&section.title),
                badge(section.standing)
            );
            for sentence in &section.verdict {
                let _ = write!(html, "<p>{}</p>", prose(sentence));
            }
            html.push_str("</li>\n");
        }
        html.push_str("</ol>\n");
        if !self.about.ledger.entries().is_empty() {
            html.push_str("<p class=\"warning\">This report was made by reading real data and holds counts and shares of it. It is not private: treat it like the data.</p>\n");
        }
        if let Some(statement) = &self.about.statement {
            let _ = writeln!(
                html,
                "<p><strong>What the card of the synthetic data promises:</strong> {}</p>",
                prose(statement)
            );
        }
    }

    fn about(&self, html: &mut String) {
        html.push_str("<h2 id=\"about\">About this report</h2>\n");
        let _ = writeln!(
            html,
            "<p>Made by populace {} with seed {}; the same data and seed give the same report. Intervals hold with 95 % confidence. An attack is called an alarm where training data do worse than fresh ones at a one-sided level of {}: on data that tell nothing, one attack in a thousand is a false alarm. “Best reachable” is what fresh real data get by the same definition, or what independence gives.</p>",
            escape(&self.about.version),
            self.about.seed,
            crate::statistics::ALARM
        );
        if !self.about.notes.is_empty() {
            html.push_str("<h3>What could not be compared</h3>\n<ul>");
            for note in &self.about.notes {
                let _ = write!(html, "<li>{}</li>", prose(note));
            }
            html.push_str("</ul>\n");
        }
        html.push_str("<details><summary>Every reading of real data for this report</summary>\n");
        let mut table = Table::of(["what was read", "for", "times"]);
        for entry in self.about.ledger.entries() {
            table.push([
                entry.what.clone(),
                entry.purpose.clone(),
                entry.times.to_string(),
            ]);
        }
        of_table(html, &table, "Ledger");
        html.push_str("</details>\n");
    }
}

fn of_section(html: &mut String, section: &Section) {
    let _ = write!(
        html,
        "<section aria-labelledby=\"{0}\">\n<h2 id=\"{0}\">{1}</h2>\n",
        escape(&section.id),
        escape(&section.title)
    );
    for finding in &section.findings {
        of_finding(html, finding);
    }
    html.push_str("</section>\n");
}

fn of_finding(html: &mut String, finding: &Finding) {
    let _ = write!(
        html,
        "<article class=\"finding\" id=\"{}\"><div class=\"head\"><h3>{}</h3>{}</div>",
        escape(&finding.id),
        prose(&finding.title),
        badge(finding.standing)
    );
    match &finding.outcome {
        Outcome::NotComputed { why } => {
            let _ = write!(html, "<p>Not computed: {}.</p>", prose(why));
        }
        Outcome::Computed(number) => {
            let _ = write!(
                html,
                "<p class=\"value\">{} {}</p><p>{}</p><p class=\"facts\">{}</p>",
                number.written(),
                bounds(number),
                prose(&finding.sentence),
                facts(number, &finding.id)
            );
        }
    }
    if !finding.controls.is_empty() {
        of_controls(html, &finding.controls);
    }
    if finding.knowledge.is_some() || !finding.details.is_empty() {
        html.push_str("<details><summary>Details");
        let _ = write!(
            html,
            "<span class=\"soft\"> of {}</span></summary>",
            prose(&finding.title)
        );
        if let Some(knowledge) = &finding.knowledge {
            let _ = write!(
                html,
                "<p><strong>Attacker:</strong> {}</p>",
                prose(knowledge)
            );
        }
        for detail in &finding.details {
            of_detail(html, detail);
        }
        html.push_str("</details>");
    }
    html.push_str("</article>\n");
}

fn bounds(number: &Number) -> String {
    number.interval.map_or_else(String::new, |interval| {
        format!(
            "<small>({} to {})</small>",
            number.unit.write(interval.low),
            number.unit.write(interval.high)
        )
    })
}

fn facts(number: &Number, id: &str) -> String {
    let mut parts = vec![match number.direction {
        Direction::Higher => "higher is better".to_owned(),
        Direction::Lower => "lower is better".to_owned(),
        Direction::Reference => "best at what is reachable".to_owned(),
    }];
    match number.best_reachable {
        Some(best) => parts.push(format!("best reachable {}", number.unit.write(best))),
        // What a user's own model does, or a data set makes of it, has no best value.
        None if ["shift.", "trial.", "testpack."]
            .iter()
            .any(|own| id.starts_with(own)) => {}
        None => parts.push("best reachable not computed: give --holdout".to_owned()),
    }
    parts.push(format!("n = {}", grouped(number.n)));
    parts.push(format!("<code>{}</code>", escape(id)));
    parts.join(" · ")
}

fn of_controls(html: &mut String, controls: &[Control]) {
    html.push_str("<details><summary>Controls");
    let failed = controls.iter().any(|control| control.passed == Some(false));
    let unmade = controls.iter().any(|control| control.passed.is_none());
    html.push_str(if failed {
        ": one failed"
    } else if unmade {
        ": not all could be made"
    } else {
        ": both as they must be"
    });
    html.push_str("</summary>");
    let mut table = Table::of([
        "the same attack where",
        "must give",
        "gave",
        "as it must be",
    ]);
    for control in controls {
        let found = control.found.as_ref().map(|number| {
            number.interval.map_or_else(
                || number.written(),
                |interval| {
                    format!(
                        "{} ({} to {})",
                        number.written(),
                        number.unit.write(interval.low),
                        number.unit.write(interval.high)
                    )
                },
            )
        });
        table.push([
            control.name.clone(),
            control.expected.clone(),
            found.unwrap_or_else(|| format!("not made: {}", control.why_not)),
            match control.passed {
                Some(true) => "yes".to_owned(),
                Some(false) => "no".to_owned(),
                None => format!("not known: {}", control.why_not),
            },
        ]);
    }
    of_table(html, &table, "Controls");
    html.push_str("</details>");
}

fn of_detail(html: &mut String, detail: &Detail) {
    match &detail.chart {
        None => of_table(html, &detail.table, &detail.title),
        Some(chart) => {
            let _ = write!(
                html,
                "<figure tabindex=\"0\"><figcaption>{}</figcaption>{}</figure><details><summary>The same as a table<span class=\"soft\">: {}</span></summary>",
                prose(&detail.title),
                chart::svg(chart, &detail.title),
                prose(&detail.title)
            );
            of_table(html, &detail.table, &detail.title);
            html.push_str("</details>");
        }
    }
}

fn of_table(html: &mut String, table: &Table, caption: &str) {
    let _ = write!(
        html,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table><caption>{}</caption><thead><tr>",
        escape(caption),
        prose(caption)
    );
    for column in &table.columns {
        let _ = write!(html, "<th scope=\"col\">{}</th>", prose(column));
    }
    html.push_str("</tr></thead><tbody>");
    for row in &table.rows {
        html.push_str("<tr>");
        for cell in row {
            let _ = write!(html, "<td>{}</td>", escape(cell));
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table></div>");
}
