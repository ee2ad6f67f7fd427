//! Bytes that were changed and cut: a table or a sentence, never a panic or a loop.

use privacy::Ledger;
use tables::{Layout, Overrides, Source, SourceOptions, Table};

use crate::support::{File, rows};

/// SplitMix64: mutations depend on their number only.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }
}

const CORPUS: [&[u8]; 6] = [
    b"id,amount,when,note\n1,\"1,234.50\",2024-01-31,\"say \"\"hi\"\"\"\n2,-5,2024-02-29,\n3,nan,,x\n",
    b"a;b;c\r\n1,5;x;yes\r\n2,25;y;no\r\n;;\r\n",
    b"\xff\xfea\0,\0b\0\n\x001\0,\x002\0\n\0",
    b"\xef\xbb\xbfname\tcity\nJos\xc3\xa9\tK\xc3\xb6ln\n",
    b"name,city\nJos\xe9,K\xf6ln\n",
    b"'a','b'\n'x, y','1'\n'it\\'s',2\n",
];

/// Bytes that mean something somewhere.
const TRICKY: [u8; 16] = *b"\",;\t|'\\\n\r\0 -.\xff\xc3\xe9";

fn mutate(bytes: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..=dice.roll(4) {
        let place = dice.roll(bytes.len() + 1);
        match dice.roll(5) {
            0 => bytes.insert(place, TRICKY[dice.roll(TRICKY.len())]),
            1 if place < bytes.len() => bytes[place] = TRICKY[dice.roll(TRICKY.len())],
            2 if place < bytes.len() => bytes[place] ^= 1 << dice.roll(8),
            3 => bytes.truncate(place),
            _ => {
                let end = (place + dice.roll(12)).min(bytes.len());
                let piece = bytes[place..end].to_vec();
                let at = dice.roll(bytes.len() + 1);
                bytes.splice(at..at, piece);
            }
        }
    }
}

#[test]
fn changed_and_cut_csv_is_a_table_or_a_sentence() {
    let file = File::new("t.csv", "");
    let mut dice = Dice(7);
    let mut read = 0;
    for round in 0..4000 {
        let mut bytes = CORPUS[round % CORPUS.len()].to_vec();
        mutate(&mut bytes, &mut dice);
        std::fs::write(&file.path, &bytes).unwrap();
        let mut ledger = Ledger::new();
        if let Ok(mut source) = Source::open(file.location(), &SourceOptions::default())
            && let Ok(layout) = Layout::detect(&mut source, &Overrides::none(), &mut ledger)
        {
            let table = Table::read(&mut source, &layout, &mut ledger).unwrap();
            let table = table.open(&mut ledger, "a test");
            assert!(table.cells.iter().all(|cells| cells.len() == table.rows));
            assert!(!layout.to_string().is_empty());
        }
        match rows(&file.path, &SourceOptions::default()) {
            Ok((names, rows)) => {
                read += 1;
                assert!(rows.iter().all(|row| row.len() == names.len()));
                assert!(rows.len() <= bytes.len() + 1);
            }
            Err(error) => {
                let text = error.to_string();
                assert!(!text.contains('\n') && text.len() < 400, "{text}");
            }
        }
    }
    // Small changes leave most files readable; if none were, the test would test nothing.
    assert!((700..3900).contains(&read), "{read} of 4000 were read");
}
