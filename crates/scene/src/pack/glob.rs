//! Path patterns of the catalogue.

/// Whether `path` matches `pattern`: `*` stands for any characters but `/`, `**` for any characters.
///
/// Runs in the product of both lengths at worst; patterns come from the catalogue, not from archives.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, path) = (pattern.as_bytes(), path.as_bytes());
    // reachable[i]: the pattern read so far can end before path byte i.
    let mut reachable = vec![false; path.len() + 1];
    reachable[0] = true;
    let mut rest = pattern;
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'*' {
            let any = tail.first() == Some(&b'*');
            for i in 0..path.len() {
                reachable[i + 1] |= reachable[i] && (any || path[i] != b'/');
            }
            rest = if any { &tail[1..] } else { tail };
        } else {
            for i in (0..path.len()).rev() {
                reachable[i + 1] = reachable[i] && path[i] == first;
            }
            reachable[0] = false;
            rest = tail;
        }
    }
    reachable[path.len()]
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn one_star_stays_in_its_folder_and_two_do_not() {
        for (pattern, path, expected) in [
            ("a/b.json", "a/b.json", true),
            ("a/b.json", "a/b_json", false),
            ("a/*", "a/b", true),
            ("a/*", "a/b/c", false),
            ("a/**", "a/b/c", true),
            ("a/**", "ab/c", false),
            ("**/*.thumb.png", "x/y/z.thumb.png", true),
            ("**/*.thumb.png", "x/y/z.png", false),
            ("*.exr.js", ".exr.js", true),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("hdri/*.exr.js", "hdri/a.exr.d.ts", false),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} on {path}");
        }
    }
}
