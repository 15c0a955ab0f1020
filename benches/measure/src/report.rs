use std::collections::BTreeMap;
use std::{env, fs, io, process};

use crate::options::Options;
use crate::table::Table;

/// What a benchmark found: tables for people, and the same figures by name for programs.
#[derive(Debug)]
pub struct Report {
    command: String,
    options: Options,
    figures: BTreeMap<String, f64>,
}

impl Report {
    /// Starts the report of a benchmark, with the options of its command line; ends the program where they are wrong.
    ///
    /// The package is the benchmark's name; `others` are options that it knows besides `--quick` and `--json FILE`.
    pub fn new(package: &str, others: &[&str]) -> Self {
        let words: Vec<String> = env::args().skip(1).collect();
        let options = Options::read(words, others).unwrap_or_else(|error| {
            eprintln!("{package}: {error}");
            process::exit(2)
        });
        let quick = if options.quick { " -- --quick" } else { "" };
        let command = format!("cargo run --release --manifest-path benches/Cargo.toml -p {package}{quick}");
        Self { command, options, figures: BTreeMap::new() }
    }

    /// Returns what was asked on the command line.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Tells whether it is to be quick.
    pub fn quick(&self) -> bool {
        self.options.quick
    }

    /// Keeps a figure by its name, such as `first_sight.RS256.net_over_floor`. One that is no number is left out.
    pub fn set(&mut self, name: impl Into<String>, figure: f64) {
        if figure.is_finite() {
            self.figures.insert(name.into(), figure);
        }
    }

    /// Returns a figure that was kept.
    pub fn figure(&self, name: &str) -> Option<f64> {
        self.figures.get(name).copied()
    }

    /// Prints a table below its title and the command that made it.
    pub fn table(&self, title: &str, table: &Table) {
        println!("## {title}\n\n```sh\n{}\n```\n\n{table}", self.command);
    }

    /// Prints a paragraph.
    pub fn say(&self, text: &str) {
        println!("{text}\n");
    }

    /// Returns the figures as a flat JSON object, sorted by name.
    pub fn json(&self) -> String {
        let object = self.figures.iter().map(|(name, figure)| (name.clone(), (*figure).into())).collect();
        format!("{:#}\n", serde_json::Value::Object(object))
    }

    /// Writes the file that was asked for, if one was.
    ///
    /// # Errors
    /// What the file system says.
    pub fn finish(self) -> io::Result<()> {
        match &self.options.json {
            Some(file) => fs::write(file, self.json()),
            None => Ok(()),
        }
    }
}
