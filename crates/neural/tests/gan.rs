//! A generator learns what goes with what, within its budget.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use neural::{Gan, Head, Moments, Terms};
use population::stream::{Seed, Streams};
use privacy::{Account, Private, Records, Statement, Unit};

/// Two answers out of three, mostly the same one.
struct Answers(Vec<(u8, u8)>);

impl Records for Answers {
    type Record<'a> = (u8, u8);
    fn len(&self) -> usize {
        self.0.len()
    }
    fn record(&self, place: usize) -> (u8, u8) {
        self.0[place]
    }
}

fn gan(steps: u32) -> Gan {
    Gan {
        terms: Terms {
            rate: 0.05,
            steps,
            per_generator_step: 1,
            clip: 1.0,
            share: 0.01,
            before: 0.01,
            judging: vec![16],
            making: vec![24],
            latent: 6,
            batch: 256,
            rates: [5e-3, 5e-3],
            moments: None,
        },
        head: Head::Choices(vec![3, 3]),
        basis: None,
        classes: vec![1.0],
        seed: Seed(1),
    }
}

#[test]
fn answers_that_go_together_are_made_together() {
    let answers = (0..8_000_u32).map(|n| {
        let first = (n.wrapping_mul(2_654_435_761) >> 16) % 3;
        let second = if n % 10 == 0 { (first + 1) % 3 } else { first };
        (first as u8, second as u8)
    });
    let private = Private::new(Answers(answers.collect()), "answers");
    let mut account = Account::open("answers", Unit::Row, 20.0, 1e-6).unwrap();
    let mut seen = 0;
    let trained = gan(400)
        .train(
            &private,
            &mut account,
            |&(first, second), numbers| {
                numbers[usize::from(first)] = 1.0;
                numbers[3 + usize::from(second)] = 1.0;
                0
            },
            |done, all| {
                seen = done;
                assert_eq!(all, 400);
            },
        )
        .unwrap();
    assert_eq!(seen, 400);
    assert!(
        (trained.records_a_step - 400.0).abs() < 20.0,
        "{}",
        trained.records_a_step
    );
    let spent = Statement::of(account.ledger()).spent.unwrap();
    assert!(spent.epsilon <= 20.0 && spent.epsilon > 17.0, "{spent:?}");
    let mut together = [[0.0_f32; 3]; 3];
    for index in 0..2_000 {
        let mut stream = Streams::new(Seed(2), index).stream("latent");
        let latent: Vec<f32> = (0..6).map(|_| stream.normal() as f32).collect();
        let made = trained.generator.make(&latent, 0);
        assert!((made[..3].iter().sum::<f32>() - 1.0).abs() < 1e-5);
        for first in 0..3 {
            for second in 0..3 {
                together[first][second] += made[first] * made[3 + second] / 2_000.0;
            }
        }
    }
    // Really 0.9; answers made alone would agree a third of the time.
    let same: f32 = (0..3).map(|n| together[n][n]).sum();
    assert!(same > 0.6, "{together:?}");
    // No answer is forgotten.
    assert!(
        (0..3).all(|n| together[n].iter().sum::<f32>() > 0.1),
        "{together:?}"
    );
}

#[test]
fn terms_that_make_no_network_are_refused_and_cost_nothing() {
    let private = Private::new(Answers(vec![(0, 0); 1_000]), "answers");
    let mut wrong = gan(3);
    wrong.classes.clear();
    let mut account = Account::open("answers", Unit::Row, 1.0, 1e-6).unwrap();
    assert!(
        wrong
            .train(&private, &mut account, |_, _| 0, |_, _| ())
            .is_err()
    );
    assert_eq!(account.left(), 1.0);
}

#[test]
fn means_of_random_features_are_matched_before_the_first_step() {
    // Of class 0 both numbers have the same sign, of class 1 different ones; each alone is as often the one as the other.
    let answers = (0..20_000_u32).map(|n| {
        let dice = n.wrapping_mul(2_654_435_761) >> 12;
        ((dice % 2) as u8, (dice / 2 % 2) as u8)
    });
    let private = Private::new(Answers(answers.collect()), "signs");
    let mut gan = gan(1);
    gan.head = Head::Brightness(2);
    gan.classes = vec![10_000.0; 2];
    gan.terms.before = 0.6;
    gan.terms.moments = Some(Moments {
        features: 200,
        share: 0.5,
        steps: 400,
        rate: 5e-3,
        weight: 10.0,
    });
    let mut account = Account::open("signs", Unit::Row, 2.0, 1e-6).unwrap();
    let mut seen = Vec::new();
    let trained = gan
        .train(
            &private,
            &mut account,
            |&(first, class), numbers| {
                let sign = f32::from(first) * 1.8 - 0.9;
                let other = if class == 0 { sign } else { -sign };
                numbers.copy_from_slice(&[sign, other]);
                usize::from(class)
            },
            |done, all| seen.push((done, all)),
        )
        .unwrap();
    let every: Vec<(u32, u32)> = (1..=401).map(|done| (done, 401)).collect();
    assert_eq!(seen, every);
    let spent = Statement::of(account.ledger()).spent.unwrap();
    assert!(spent.epsilon <= 2.0, "{spent:?}");
    for class in 0..2 {
        let (mut right, mut first) = (0.0, 0.0);
        for index in 0..1_000 {
            let mut stream = Streams::new(Seed(2), index).stream("latent");
            let latent: Vec<f32> = (0..6).map(|_| stream.normal() as f32).collect();
            let made = trained.generator.make(&latent, class);
            right += f64::from(u8::from((made[0] * made[1] > 0.0) == (class == 0))) / 1_000.0;
            first += f64::from(u8::from(made[0] > 0.0)) / 1_000.0;
        }
        assert!(right > 0.8, "{right}");
        assert!((first - 0.5).abs() < 0.3, "{first}");
    }
}
