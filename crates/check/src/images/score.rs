//! How well pictures tell the classes of others.

use super::read::Described;
use super::vectors::squared;
use crate::fairness::Score;
use rayon::prelude::*;

/// Neighbours that vote.
const VOTERS: usize = 5;

/// Lets the five nearest of some pictures say the class of each fresh one (of a tie the nearest): everybody first, then each class. Pictures without a class have no vote and are not asked.
pub fn picture_scores(voters: &Described, fresh: &Described) -> Vec<Score> {
    let classes = |set: &Described| -> Vec<Option<String>> {
        let all = set.classes.clone().unwrap_or_default();
        (0..set.points.count())
            .map(|at| all.get(at).cloned().flatten())
            .collect()
    };
    let (own, asked) = (classes(voters), classes(fresh));
    let answers: Vec<Option<&String>> = (0..asked.len())
        .into_par_iter()
        .map(|place| {
            let point = fresh.points.point(place);
            let mut near: Vec<(f32, &String)> = Vec::with_capacity(VOTERS + 1);
            for (other, class) in own.iter().enumerate() {
                let Some(class) = class else { continue };
                let distance = squared(point, voters.points.point(other));
                if near.len() < VOTERS || distance < near[VOTERS - 1].0 {
                    let at = near.partition_point(|(known, _)| *known <= distance);
                    near.insert(at, (distance, class));
                    near.truncate(VOTERS);
                }
            }
            let votes = |class: &String| near.iter().filter(|(_, other)| *other == class).count();
            // The first of those with most votes is the nearest.
            let most = near.iter().map(|(_, class)| votes(class)).max()?;
            let winner = near.iter().find(|(_, class)| votes(class) == most);
            winner.map(|(_, class)| *class)
        })
        .collect();
    let mut names: Vec<&String> = asked.iter().flatten().collect();
    names.sort_unstable();
    names.dedup();
    let score = |group: &str, inside: &dyn Fn(&String) -> bool| {
        let (mut rows, mut right) = (0, 0);
        for (class, answer) in asked.iter().zip(&answers) {
            if let Some(class) = class.as_ref().filter(|class| inside(class)) {
                rows += 1;
                right += u64::from(*answer == Some(class));
            }
        }
        let trained = own.iter().flatten().filter(|class| inside(class)).count();
        Score {
            group: group.to_owned(),
            rows,
            trained: trained as u64,
            right,
            area: None,
        }
    };
    let mut scores = vec![score("", &|_| true)];
    scores.extend(
        names
            .into_iter()
            .map(|name| score(name, &|class| class == name)),
    );
    scores
}
