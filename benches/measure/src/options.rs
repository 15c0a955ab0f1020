use std::path::PathBuf;

/// What a benchmark was asked on the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// `--quick`: fewer rounds and smaller sets; ends within two minutes.
    pub quick: bool,
    /// `--json FILE`: writes the figures there, too.
    pub json: Option<PathBuf>,
    /// Other options of the benchmark, `--name VALUE`.
    pub others: Vec<(String, String)>,
}

impl Options {
    /// Reads the arguments of a program, without its name.
    ///
    /// ```
    /// use measure::Options;
    ///
    /// let words = ["--quick", "--json", "figures.json", "--alg", "ES256"].map(String::from);
    /// let options = Options::read(words, &["alg"])?;
    /// assert!(options.quick);
    /// assert_eq!(options.value("alg"), Some("ES256"));
    ///
    /// let error = Options::read(["--fast".into()], &["alg"]).unwrap_err();
    /// assert_eq!(error, "unknown argument `--fast`, expected --quick, --json FILE, --alg VALUE");
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    /// Names an argument that is not known, or lacks its value.
    pub fn read(words: impl IntoIterator<Item = String>, others: &[&str]) -> Result<Self, String> {
        let mut words = words.into_iter();
        let mut options = Self::default();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("`{word}` lacks its value"));
            match word.strip_prefix("--") {
                Some("quick") => options.quick = true,
                Some("json") => options.json = Some(value()?.into()),
                Some(name) if others.contains(&name) => options.others.push((name.to_owned(), value()?)),
                _ => {
                    let known: String = others.iter().map(|name| format!(", --{name} VALUE")).collect();
                    return Err(format!("unknown argument `{word}`, expected --quick, --json FILE{known}"));
                }
            }
        }
        Ok(options)
    }

    /// Returns the value of another option.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.others.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}
