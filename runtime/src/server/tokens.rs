//! The tokens that clients may show, read once at start.

use super::config::Auth;
use crate::protocol::bearer::Tokens;
use crate::transport::message;
use std::ffi::OsString;
use std::fs;

/// Reads the tokens: there is at least one.
///
/// # Errors
/// One line that says what is wrong, and what to do.
pub fn read(auth: &Auth, lookup: impl Fn(&str) -> Option<OsString>) -> Result<Tokens, String> {
    let mut tokens = Vec::new();
    if let Some(path) = auth.tokens_file {
        let text = fs::read(path).map_err(|error| {
            let error = message(error);
            format!("cannot read {path}: {error}; name a file of tokens in auth.tokens_file")
        })?;
        let lines = text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with(b"#"));
        tokens.extend(lines.map(<[u8]>::to_vec));
    }
    if let Some(value) = auth.tokens_variable.and_then(lookup) {
        let parts = value.as_encoded_bytes().split(|&byte| byte == b',');
        tokens.extend(parts.filter(|part| !part.is_empty()).map(<[u8]>::to_vec));
    }
    if tokens.is_empty() {
        let places = [auth.tokens_file, auth.tokens_variable].into_iter().flatten();
        let places = places.collect::<Vec<_>>().join(" or ");
        return Err(format!("no token in {places}; name at least one"));
    }
    Ok(Tokens::new(tokens))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(value: &str) -> Result<Tokens, String> {
        let auth = Auth {
            tokens_file: None,
            tokens_variable: Some("TOKENS"),
            tokens: Tokens::READ_AT_START,
        };
        read(&auth, |name| (name == "TOKENS").then(|| value.into()))
    }

    #[test]
    fn behaviour_10_a_variable_of_tokens() {
        let tokens = variable("one,,two words,").unwrap();
        assert!(tokens.know(b"one") && tokens.know(b"two words") && !tokens.know(b""));
        let expected = "no token in TOKENS; name at least one";
        assert_eq!(variable(",").unwrap_err(), expected);
    }

    #[test]
    fn behaviour_10_a_file_of_tokens() {
        let path = std::env::temp_dir().join(format!("specgen-tokens-{}", std::process::id()));
        fs::write(&path, "# comment\n\n  a b \t\r\n#c\nd").unwrap();
        let name: &'static str = path.to_str().unwrap().to_owned().leak();
        let tokens = Tokens::READ_AT_START;
        let auth = Auth { tokens_file: Some(name), tokens_variable: None, tokens };
        let tokens = read(&auth, |_| None).unwrap();
        assert!(tokens.know(b"a b") && tokens.know(b"d") && !tokens.know(b"c"));
        fs::remove_file(&path).unwrap();
        assert!(read(&auth, |_| None).unwrap_err().starts_with("cannot read "));
    }
}
