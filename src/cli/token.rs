//! A program's token, for the programs of this command line.

use std::path::Path;

/// A file of a token that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// It cannot be read.
    #[error("cannot read {path} (--token-file): {source}")]
    Read {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It holds something else.
    #[error("{path} (--token-file) holds no token: give the text that an administrator was shown, and nothing else")]
    NoToken {
        /// The file.
        path: std::path::PathBuf,
    },
}

/// Reads the token of a file; none where there is no file.
pub(super) fn read(path: Option<&Path>) -> Result<Option<String>, TokenError> {
    let Some(path) = path else { return Ok(None) };
    let text = std::fs::read_to_string(path).map_err(|source| TokenError::Read { path: path.to_owned(), source })?;
    let token = text.trim();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
        return Err(TokenError::NoToken { path: path.to_owned() });
    }
    Ok(Some(token.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_one_token() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(read(None).unwrap(), None);
        std::fs::write(file.path(), "ab.c-d.e_f\n").unwrap();
        assert_eq!(read(Some(file.path())).unwrap().as_deref(), Some("ab.c-d.e_f"));
        for bad in ["", "two words", "a\nb"] {
            std::fs::write(file.path(), bad).unwrap();
            let error = read(Some(file.path())).unwrap_err().to_string();
            assert!(error.contains("--token-file"), "{error}");
        }
        assert!(read(Some(Path::new("/nowhere/token"))).is_err());
    }
}
