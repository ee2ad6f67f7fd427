//! Statements that can be shown to others: signed, and bound to one file's bytes.
//!
//! A signed statement is JSON: `subject` (name and SHA-256 of the file), `statement`, and under `signature` an Ed25519 signature (RFC 8032) of the two in canonical form, which is their JSON
//! without spaces and with keys in order. Who signed is told by the public key: compare it with one that you were given another way.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use opendp::traits::samplers::fill_bytes;
use serde_json::{Value, json};

use crate::error::PrivacyError;
use crate::statement::Statement;

/// Signs statements. 32 secret bytes.
pub struct Signatory {
    key: SigningKey,
}

impl std::fmt::Debug for Signatory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signatory({})", self.public())
    }
}

/// Why a signed statement does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureError {
    /// It is no signed statement.
    NotAStatement,
    /// It was changed after it was signed, or signed with another key than it names.
    Forged,
    /// It is about a file of other bytes.
    OtherFile,
    /// The file's ledger supports another statement.
    OtherStatement,
    /// It was signed with this key and not with the one that was asked for.
    OtherSignatory(String),
    /// A key that is none.
    Key,
}

impl std::fmt::Display for SignatureError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotAStatement => f.write_str("this is no signed statement"),
            Self::Forged => f.write_str("the statement was changed after it was signed"),
            Self::OtherFile => f.write_str("the statement is about a file of other bytes"),
            Self::OtherStatement => {
                f.write_str("the ledger in the file supports another statement")
            }
            Self::OtherSignatory(key) => write!(f, "the statement was signed with the key {key}"),
            Self::Key => f.write_str("this is no key"),
        }
    }
}

impl std::error::Error for SignatureError {}

impl SignatureError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotAStatement => "name a file that `populace statement -o` wrote",
            Self::Forged | Self::OtherStatement => "ask whoever gave it to you for the original",
            Self::OtherFile => "give the file that it was made for, unchanged",
            Self::OtherSignatory(_) => {
                "compare the key with the one that its owner tells you another way"
            }
            Self::Key => "a key file has 64 hexadecimal digits; without it a new key is made",
        }
    }
}

impl Signatory {
    /// A new key of the operating system's random bits.
    ///
    /// # Errors
    ///
    /// When there are none.
    pub fn new() -> Result<Self, PrivacyError> {
        let mut secret = [0; 32];
        fill_bytes(&mut secret).map_err(|_| PrivacyError::Noise)?;
        Ok(Self {
            key: SigningKey::from_bytes(&secret),
        })
    }

    /// The key in a key file: 64 hexadecimal digits.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn from_hex(text: &str) -> Result<Self, SignatureError> {
        let bytes: [u8; 32] = bytes(text.trim())
            .and_then(|b| b.try_into().ok())
            .ok_or(SignatureError::Key)?;
        Ok(Self {
            key: SigningKey::from_bytes(&bytes),
        })
    }

    /// The secret key as a key file holds it.
    pub fn to_hex(&self) -> String {
        hex(&self.key.to_bytes())
    }

    /// The public key, 64 hexadecimal digits.
    pub fn public(&self) -> String {
        hex(self.key.verifying_key().as_bytes())
    }

    /// The signed statement about the file of this name and SHA-256, as text.
    ///
    /// # Errors
    ///
    /// None in practice; a statement can be written as JSON.
    pub fn sign(
        &self,
        name: &str,
        sha256: &str,
        statement: &Statement,
    ) -> Result<String, SignatureError> {
        let statement =
            serde_json::to_value(statement).map_err(|_| SignatureError::NotAStatement)?;
        let content = json!({
            "populace_statement": 1, "subject": {"name": name, "sha256": sha256}, "statement": statement,
        });
        self.sign_json(&content)
    }

    /// Any JSON object with a signature under `signature`, as text.
    ///
    /// # Errors
    ///
    /// What is no object, or has a `signature` already.
    pub fn sign_json(&self, content: &Value) -> Result<String, SignatureError> {
        // Read back, so that whoever checks sees the same numbers to the last bit.
        let mut content: Value = serde_json::from_str(&content.to_string())
            .map_err(|_| SignatureError::NotAStatement)?;
        if content.get("signature").is_some() || !content.is_object() {
            return Err(SignatureError::NotAStatement);
        }
        let signature = self.key.sign(canonical(&content).as_bytes());
        content["signature"] = json!({
            "algorithm": "Ed25519", "public_key": self.public(), "of_canonical_json": hex(&signature.to_bytes()),
        });
        Ok(format!("{content:#}\n"))
    }
}

/// Checks a signed statement about a file with this SHA-256 whose own ledger supports `statement`; returns the public key that signed it.
///
/// # Errors
///
/// Whatever does not hold.
pub fn check(
    text: &str,
    sha256: &str,
    statement: &Statement,
    signed_by: Option<&str>,
) -> Result<String, SignatureError> {
    let (content, key) = check_json(text, signed_by)?;
    if content.get("populace_statement") != Some(&json!(1)) {
        return Err(SignatureError::NotAStatement);
    }
    if content["subject"]["sha256"].as_str() != Some(sha256) {
        return Err(SignatureError::OtherFile);
    }
    let own = serde_json::to_string(statement)
        .ok()
        .and_then(|text| serde_json::from_str::<Value>(&text).ok());
    if own.as_ref() != content.get("statement") {
        return Err(SignatureError::OtherStatement);
    }
    Ok(key)
}

/// Checks what [`Signatory::sign_json`] wrote; returns it without its signature, and the public key that signed it.
///
/// # Errors
///
/// A text that is none, was changed, or was signed by somebody else.
pub fn check_json(text: &str, signed_by: Option<&str>) -> Result<(Value, String), SignatureError> {
    let mut content: Value =
        serde_json::from_str(text).map_err(|_| SignatureError::NotAStatement)?;
    let signature = content
        .as_object()
        .and_then(|object| object.get("signature"))
        .cloned()
        .ok_or(SignatureError::NotAStatement)?;
    // What people read is what is checked: nothing is there twice, and nothing is written in another way.
    if format!("{content:#}\n") != text {
        return Err(SignatureError::Forged);
    }
    if let Some(object) = content.as_object_mut() {
        object.remove("signature");
    }
    let field = |name: &str| signature.get(name).and_then(Value::as_str);
    let key = field("public_key").ok_or(SignatureError::NotAStatement)?;
    let public: [u8; 32] = bytes(key)
        .and_then(|b| b.try_into().ok())
        .ok_or(SignatureError::Forged)?;
    let signed: [u8; 64] = field("of_canonical_json")
        .and_then(bytes)
        .and_then(|b| b.try_into().ok())
        .ok_or(SignatureError::Forged)?;
    let public = VerifyingKey::from_bytes(&public).map_err(|_| SignatureError::Forged)?;
    public
        .verify_strict(
            canonical(&content).as_bytes(),
            &Signature::from_bytes(&signed),
        )
        .map_err(|_| SignatureError::Forged)?;
    if signed_by.is_some_and(|wanted| !wanted.trim().eq_ignore_ascii_case(key)) {
        return Err(SignatureError::OtherSignatory(key.to_owned()));
    }
    Ok((content, key.to_owned()))
}

/// JSON without spaces, keys in order.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_unstable();
            let fields = keys
                .into_iter()
                .map(|key| format!("{}:{}", Value::from(key.as_str()), canonical(&map[key])));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(canonical).collect::<Vec<_>>().join(",")
        ),
        other => other.to_string(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|c| c.to_digit(16).map(|d| d as u8))
        .collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(
        digits
            .chunks(2)
            .map(|pair| pair[0] << 4 | pair[1])
            .collect(),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::ledger::{Cost, Ledger};

    #[test]
    fn a_signed_statement_holds_until_anything_is_changed() {
        let mut ledger = Ledger::new();
        ledger.enter("table t", "a look", Cost::NotPrivate);
        let statement = Statement::of(&ledger);
        let signatory = Signatory::new().unwrap();
        let text = signatory.sign("t.model", "ab12", &statement).unwrap();
        assert_eq!(
            check(&text, "ab12", &statement, None),
            Ok(signatory.public())
        );
        assert_eq!(
            check(&text, "ab12", &statement, Some(&signatory.public())),
            Ok(signatory.public())
        );
        assert_eq!(
            check(&text, "ab13", &statement, None),
            Err(SignatureError::OtherFile)
        );
        assert_eq!(
            check(&text, "ab12", &Statement::of(&Ledger::new()), None),
            Err(SignatureError::OtherStatement)
        );
        let other = Signatory::new().unwrap();
        assert_eq!(
            check(&text, "ab12", &statement, Some(&other.public())),
            Err(SignatureError::OtherSignatory(signatory.public()))
        );
        let forged = text.replace("a look", "a book");
        assert_eq!(
            check(&forged, "ab12", &statement, None),
            Err(SignatureError::Forged)
        );
        let resigned = text.replace(&signatory.public(), &other.public());
        assert_eq!(
            check(&resigned, "ab12", &statement, None),
            Err(SignatureError::Forged)
        );
        let twice = text.replacen('{', "{\n  \"statement\": {},", 1);
        assert_eq!(
            check(&twice, "ab12", &statement, None),
            Err(SignatureError::Forged)
        );
        for other in [
            "",
            "{}",
            "[1]",
            "{\"signature\": 7}",
            "{\"signature\": {\"public_key\": \"zz\"}}",
        ] {
            assert!(check(other, "ab12", &statement, None).is_err(), "{other}");
        }
    }

    #[test]
    fn a_key_comes_back_from_its_file() {
        let signatory = Signatory::new().unwrap();
        let again = Signatory::from_hex(&format!("{}\n", signatory.to_hex())).unwrap();
        assert_eq!(again.public(), signatory.public());
        assert!(Signatory::from_hex("12").is_err());
        assert!(!format!("{signatory:?}").contains(&signatory.to_hex()));
    }
}
