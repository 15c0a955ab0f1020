use std::fmt;

/// A table in Markdown: the first column to the left, numbers to the right.
///
/// ```
/// let mut table = measure::Table::new(["what", "ns"]);
/// table.row(["raw", "790"]);
/// assert_eq!(table.to_string(), "| what | ns |\n|---|---:|\n| raw | 790 |\n");
/// ```
#[derive(Debug, Clone)]
pub struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Starts a table with these columns.
    pub fn new(head: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { head: head.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| {} |", self.head.join(" | "))?;
        writeln!(f, "|---{}|", "|---:".repeat(self.head.len().saturating_sub(1)))?;
        self.rows.iter().try_for_each(|row| writeln!(f, "| {} |", row.join(" | ")))
    }
}

/// Writes nanoseconds as the tables show them: whole, with a comma for thousands; `–` for nothing.
///
/// ```
/// assert_eq!(measure::nanoseconds(103_500.4), "103,500");
/// assert_eq!(measure::nanoseconds(47.26), "47.3");
/// ```
pub fn nanoseconds(number: f64) -> String {
    if !number.is_finite() {
        return "–".into();
    }
    if number.abs() < 100.0 {
        return format!("{number:.1}");
    }
    let digits = format!("{:.0}", number.abs());
    let mut text = String::from(if number < 0.0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes a ratio with as many places as mean something; `–` for none.
///
/// ```
/// assert_eq!(["1.070", "57.3", "412", "0.0031"], [1.0704, 57.26, 412.4, 0.00314].map(measure::ratio)[..]);
/// ```
pub fn ratio(number: f64) -> String {
    match number.abs() {
        size if !size.is_finite() => "–".into(),
        size if size < 1.1 && size > 0.9 => format!("{number:.3}"),
        size if size < 0.1 => format!("{number:.4}"),
        size if size < 10.0 => format!("{number:.2}"),
        size if size < 100.0 => format!("{number:.1}"),
        _ => format!("{number:.0}"),
    }
}
