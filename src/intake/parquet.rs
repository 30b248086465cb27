//! Parquet: the mapped columns, some hundred thousand rows at a time.
//!
//! Files come from anywhere, and the decoder may panic on a corrupt one: every call into it stands in [`guarded`].

use std::fs::File;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use polars::datatypes::ArrowDataType;
use polars::error::PolarsResult;
use polars::prelude::{
    BinaryChunked, DataFrame, DataType, Float64Chunked, Int64Chunked, ParquetReader,
    SerReader as _, TimeUnit, UInt64Chunked,
};

use super::cells::{Cell, Record, shown};
use super::table::{Kind, Layout, Rows, Sink, Want};
use crate::error::{Error, Result};

/// Most rows decoded at once.
const ROWS_AT_ONCE: usize = 1 << 19;
const MICROS_PER_DAY: i64 = 86_400_000_000;

/// A Parquet file whose footer has been read.
pub(crate) struct Parquet<'a> {
    path: &'a Path,
    file: File,
    names: Vec<String>,
    types: Vec<ArrowDataType>,
    n_rows: usize,
    /// Rows of each row group.
    groups: Vec<usize>,
}

impl<'a> Parquet<'a> {
    /// Reads the footer.
    ///
    /// # Errors
    /// `input/corrupt-parquet`, [`Error::Io`].
    pub(crate) fn open(path: &'a Path) -> Result<Self> {
        let file = File::open(path).map_err(|e| Error::io("read", path, e))?;
        let copy = file.try_clone().map_err(|e| Error::io("read", path, e))?;
        guarded(path, || {
            let mut reader = ParquetReader::new(copy);
            let schema = reader.schema()?;
            let metadata = reader.get_metadata()?;
            Ok(Self {
                path,
                file,
                names: schema.iter_names().map(ToString::to_string).collect(),
                types: schema
                    .iter_values()
                    .map(|field| field.dtype.clone())
                    .collect(),
                n_rows: metadata.num_rows,
                groups: metadata
                    .row_groups
                    .iter()
                    .map(|group| group.num_rows())
                    .collect(),
            })
        })
    }

    /// Names of the columns.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether a column can hold cells of `kind`.
    pub(crate) fn fits(&self, column: usize, kind: Kind) -> bool {
        use ArrowDataType as T;
        match &self.types[column] {
            T::Utf8 | T::LargeUtf8 | T::Utf8View => true,
            T::Binary | T::LargeBinary | T::BinaryView => true,
            T::Int8
            | T::Int16
            | T::Int32
            | T::Int64
            | T::UInt8
            | T::UInt16
            | T::UInt32
            | T::UInt64 => true,
            T::Float32 | T::Float64 => kind != Kind::Text,
            T::Date32 | T::Timestamp(..) => kind == Kind::Instant,
            _ => false,
        }
    }

    /// Hands the first `n` rows of some columns to `take`.
    ///
    /// # Errors
    /// `input/corrupt-parquet`.
    pub(crate) fn first_rows(
        &self,
        columns: &[usize],
        n: usize,
        mut take: impl FnMut(&dyn Record),
    ) -> Result<()> {
        let length = n.min(self.n_rows);
        let slice = self.slice(columns, 0, length)?;
        for row in 0..length {
            take(&Row {
                columns: &slice,
                row,
            });
        }
        Ok(())
    }

    /// Whether a column holds instants rather than times on a wall clock. The schema is asked because a frame may
    /// lose the zone.
    fn is_zoned(&self, column: usize) -> bool {
        matches!(&self.types[column], ArrowDataType::Timestamp(_, Some(_)))
    }

    fn check(&self, column: usize, want: &Want) -> Result<()> {
        if self.fits(column, want.kind) {
            return Ok(());
        }
        let needed = match want.kind {
            Kind::Text => "text or whole numbers",
            Kind::Instant => "a timestamp, a date, text or a number",
            Kind::Number => "a whole or floating-point number, or text",
        };
        let kind = shown(&format!("{:?}", self.types[column]));
        let message = format!(
            "column `{}` is {kind}, {} must be {needed}",
            shown(&self.names[column]),
            want.key
        );
        Err(Error::input("input/column-type", self.path, message)
            .with_help("cast the column when the file is written, for instance to a string"))
    }

    fn slice(&self, columns: &[usize], offset: usize, length: usize) -> Result<Vec<Values>> {
        let file = self
            .file
            .try_clone()
            .map_err(|e| Error::io("read", self.path, e))?;
        let mut projection = columns.to_vec();
        projection.sort_unstable();
        projection.dedup();
        guarded(self.path, || {
            let frame = ParquetReader::new(file)
                .with_projection(Some(projection))
                .with_slice(Some((offset, length)))
                .set_rechunk(true)
                .finish()?;
            if frame.height() != length {
                polars::prelude::polars_bail!(ComputeError: "{} rows instead of {length}", frame.height());
            }
            columns
                .iter()
                .map(|&column| Values::of(&frame, &self.names[column], self.is_zoned(column)))
                .collect()
        })
    }
}

/// Hands all rows to `rows`, and the share of them that is read to `progress`.
///
/// # Errors
/// `input/corrupt-parquet`, `input/column-type`, missing columns, and those of the sink.
pub(crate) fn read<S: Sink>(
    path: &Path,
    layout: &Layout,
    rows: &mut Rows<'_, S>,
    mut progress: impl FnMut(usize, usize),
) -> Result<()> {
    let parquet = Parquet::open(path)?;
    let columns = layout.locate(&parquet.names, path)?;
    for (&column, want) in columns.iter().zip(&layout.wants) {
        parquet.check(column, want)?;
    }
    rows.rename(
        columns
            .iter()
            .map(|&column| parquet.names[column].clone())
            .collect(),
    );
    let mut line = 0;
    let mut first = 0;
    for &n_rows in &parquet.groups {
        for start in (0..n_rows).step_by(ROWS_AT_ONCE) {
            let length = ROWS_AT_ONCE.min(n_rows - start);
            let slice = parquet.slice(&columns, first + start, length)?;
            for row in 0..length {
                line += 1;
                rows.row(
                    line,
                    &Row {
                        columns: &slice,
                        row,
                    },
                )?;
            }
            progress(first + start + length, parquet.n_rows);
        }
        first += n_rows;
    }
    Ok(())
}

/// One row of a slice.
struct Row<'a> {
    columns: &'a [Values],
    row: usize,
}

impl Record for Row<'_> {
    fn cell(&self, index: usize) -> Cell<'_> {
        self.columns[index].get(self.row).unwrap_or(Cell::Null)
    }
}

/// The values of a column, in the few types that cells have.
enum Values {
    Text(BinaryChunked),
    Integer(Int64Chunked),
    Unsigned(UInt64Chunked),
    Float(Float64Chunked),
    Instant(Int64Chunked, TimeUnit),
    Civil(Int64Chunked, TimeUnit),
    Days(Int64Chunked),
}

impl Values {
    fn of(frame: &DataFrame, name: &str, is_zoned: bool) -> PolarsResult<Self> {
        let series = frame.column(name)?.as_materialized_series();
        Ok(match series.dtype() {
            DataType::String => Self::Text(series.str()?.as_binary()),
            DataType::Binary => Self::Text(series.binary()?.clone()),
            DataType::UInt64 => Self::Unsigned(series.u64()?.clone()),
            DataType::Float32 | DataType::Float64 => {
                Self::Float(series.cast(&DataType::Float64)?.f64()?.clone())
            }
            DataType::Date => Self::Days(series.cast(&DataType::Int64)?.i64()?.clone()),
            DataType::Datetime(unit, _) => {
                let values = series.to_physical_repr().i64()?.clone();
                if is_zoned {
                    Self::Instant(values, *unit)
                } else {
                    Self::Civil(values, *unit)
                }
            }
            _ => Self::Integer(series.cast(&DataType::Int64)?.i64()?.clone()),
        })
    }

    fn get(&self, row: usize) -> Option<Cell<'_>> {
        Some(match self {
            Self::Text(values) => Cell::Text(values.get(row)?),
            Self::Integer(values) => Cell::Integer(values.get(row)?.into()),
            Self::Unsigned(values) => Cell::Integer(values.get(row)?.into()),
            Self::Float(values) => Cell::Float(values.get(row)?),
            Self::Instant(values, unit) => Cell::Instant(micros(values.get(row)?, *unit)),
            Self::Civil(values, unit) => Cell::Civil(micros(values.get(row)?, *unit)),
            Self::Days(values) => Cell::Civil(values.get(row)?.saturating_mul(MICROS_PER_DAY)),
        })
    }
}

/// Saturates at what is out of range anyway.
fn micros(ticks: i64, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Nanoseconds => ticks.div_euclid(1000),
        TimeUnit::Microseconds => ticks,
        TimeUnit::Milliseconds => ticks.saturating_mul(1000),
    }
}

/// Number of calls into the decoder under way.
static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);

/// Calls the decoder; its errors and panics mean that the file is corrupt.
fn guarded<T>(path: &Path, decode: impl FnOnce() -> PolarsResult<T>) -> Result<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        // Worker threads panic as well, so the silence must be everywhere, but only while decoding.
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if UNDER_WAY.load(Ordering::SeqCst) == 0 {
                loud(panic);
            }
        }));
    });
    UNDER_WAY.fetch_add(1, Ordering::SeqCst);
    let decoded = panic::catch_unwind(AssertUnwindSafe(decode));
    UNDER_WAY.fetch_sub(1, Ordering::SeqCst);
    let cause = match decoded {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(error)) => error.to_string(),
        Err(panic) => panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
            .unwrap_or_default(),
    };
    let message = format!("the Parquet data cannot be decoded: {}", shown(&cause));
    Err(Error::input("input/corrupt-parquet", path, message)
        .with_help("the copy may be incomplete, or the file uses what this reader does not know: write it again, with plain types"))
}
