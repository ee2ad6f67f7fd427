//! The block function of ChaCha (Bernstein 2008, "ChaCha, a variant of Salsa20"), with 64-bit counter and 64-bit nonce as in the original.
//!
//! Thirty lines of our own rather than a library: the bytes of every data set hang on it, and it must never change.

/// Sixteen random words of block `counter` of the stream with this key and nonce.
pub(super) fn block(key: &[u32; 8], counter: u64, nonce: u64, rounds: usize) -> [u32; 16] {
    let mut start = [0; 16];
    // "expand 32-byte k"
    start[..4].copy_from_slice(&[0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574]);
    start[4..12].copy_from_slice(key);
    start[12] = counter as u32;
    start[13] = (counter >> 32) as u32;
    start[14] = nonce as u32;
    start[15] = (nonce >> 32) as u32;
    let mut state = start;
    for _ in 0..rounds / 2 {
        for [a, b, c, d] in [[0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15]] {
            quarter_round(&mut state, a, b, c, d);
        }
        for [a, b, c, d] in [[0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14]] {
            quarter_round(&mut state, a, b, c, d);
        }
    }
    for (word, start) in state.iter_mut().zip(start) {
        *word = word.wrapping_add(start);
    }
    state
}

fn quarter_round(state: &mut [u32; 16], a: usize, b: usize, c: usize, d: usize) {
    state[a] = state[a].wrapping_add(state[b]);
    state[d] = (state[d] ^ state[a]).rotate_left(16);
    state[c] = state[c].wrapping_add(state[d]);
    state[b] = (state[b] ^ state[c]).rotate_left(12);
    state[a] = state[a].wrapping_add(state[b]);
    state[d] = (state[d] ^ state[a]).rotate_left(8);
    state[c] = state[c].wrapping_add(state[d]);
    state[b] = (state[b] ^ state[c]).rotate_left(7);
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::block;

    fn hex(words: &[u32]) -> String {
        let bytes = words.iter().flat_map(|word| word.to_le_bytes());
        bytes
            .map(|byte| format!("{byte:02x}"))
            .collect::<Vec<_>>()
            .concat()
    }

    #[test]
    fn eight_rounds_match_the_published_vector() {
        // draft-strombergson-chacha-test-vectors-01, TC1, 256-bit key, 8 rounds.
        assert_eq!(
            hex(&block(&[0; 8], 0, 0, 8)),
            "3e00ef2f895f40d67f5bb8e81f09a5a12c840ec3ce9a7f3b181be188ef711a1e\
             984ce172b9216f419f445367456d5619314a42a3da86b001387bfdb80e0cfe42"
        );
    }

    #[test]
    fn twenty_rounds_match_rfc_8439() {
        // RFC 8439, section 2.3.2: its 32-bit counter 1 and 96-bit nonce fill the same four words.
        let bytes: Vec<u8> = (0..32).collect();
        let mut key = [0; 8];
        for (word, bytes) in key.iter_mut().zip(bytes.chunks_exact(4)) {
            *word = u32::from_le_bytes(bytes.try_into().unwrap());
        }
        let counter = 1 | (u64::from(u32::from_le_bytes([0x00, 0x00, 0x00, 0x09])) << 32);
        let nonce = u64::from(u32::from_le_bytes([0x00, 0x00, 0x00, 0x4a]));
        assert_eq!(
            hex(&block(&key, counter, nonce, 20)),
            "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e\
             d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e"
        );
    }
}
