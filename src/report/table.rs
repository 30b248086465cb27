//! Tables and figures: the parts of which the page is made.

use askama::Template;

/// A table with its caption; the first cell of a row is its heading.
#[derive(Clone, Debug, Template)]
#[template(path = "table.html", config = "templates/askama.toml")]
pub(crate) struct Table {
    caption: String,
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

#[derive(Clone, Debug)]
struct Column {
    title: String,
    is_number: bool,
}

impl Table {
    /// An empty table. Titles that begin with `#` head columns of numbers, which are set flush right.
    pub(super) fn new<T: AsRef<str>>(caption: impl Into<String>, titles: &[T]) -> Self {
        let columns = titles
            .iter()
            .map(AsRef::as_ref)
            .map(|title| Column {
                title: title.trim_start_matches('#').to_string(),
                is_number: title.starts_with('#'),
            })
            .collect();
        Self {
            caption: caption.into(),
            columns,
            rows: Vec::new(),
        }
    }

    /// Adds a row, which has a cell for every column.
    pub(super) fn push(&mut self, row: Vec<String>) {
        debug_assert_eq!(row.len(), self.columns.len(), "{}", self.caption);
        self.rows.push(row);
    }

    /// Whether there is no row.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// How much of the line a figure takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Breadth {
    /// Legible on a telephone as it is.
    Narrow,
    /// Scrolls in its own box where the line is too short.
    Wide,
}

/// A chart with the table of its numbers.
#[derive(Clone, Debug, Template)]
#[template(path = "figure.html", config = "templates/askama.toml")]
pub(crate) struct Figure {
    /// What the chart shows.
    pub(super) title: String,
    /// The drawing: trusted, made by [`super::charts::canvas`].
    pub(super) svg: String,
    /// How much of the line it takes.
    pub(super) breadth: Breadth,
    /// How to read it, in a sentence or two.
    pub(super) note: String,
    /// The same numbers.
    pub(super) table: Table,
}
