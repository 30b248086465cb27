//! The event files: a month each, in the order of time.

use std::io::{self, Write};

use polars::prelude::{
    BatchedWriter, Column, DataFrame, DataType, Field, Int64Chunked, IntoColumn, IntoSeries,
    NamedFrom, ParquetCompression, ParquetWriter, PolarsResult, Schema, Series, TimeUnit, TimeZone,
};

use super::days::{Event, Flaw};
use super::settings::Format;
use super::taxonomy::{PLATFORMS, name};
use crate::time::Day;

const COLUMNS: [&str; 6] = [
    "user_id",
    "timestamp",
    "event",
    "platform",
    "duration_seconds",
    "value",
];
/// Rows of a Parquet row group.
const GROUP_ROWS: usize = 1 << 18;
const MILLIS_PER_DAY: i64 = 86_400_000;

/// Takes the events of one file, day by day.
pub(super) trait Rows {
    /// Adds the events of a day, which must be in order.
    fn push(&mut self, day: Day, events: &[Event]) -> io::Result<()>;
    /// Writes what is still held back, and the end of the file.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// Starts a file of the given form on `out`; `ids` are the customers' ids.
pub(super) fn rows<'a, W: Write + 'a>(
    format: Format,
    out: W,
    ids: &'a [String],
) -> io::Result<Box<dyn Rows + 'a>> {
    Ok(match format {
        Format::Parquet => Box::new(ParquetRows::new(out, ids).map_err(io::Error::other)?),
        Format::Csv => Box::new(CsvRows::new(out, ids)?),
    })
}

struct ParquetRows<'a, W: Write> {
    writer: BatchedWriter<W>,
    ids: &'a [String],
    held: Vec<(Day, Event)>,
}

impl<'a, W: Write> ParquetRows<'a, W> {
    fn new(out: W, ids: &'a [String]) -> PolarsResult<Self> {
        let types = [
            DataType::String,
            DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC)),
            DataType::String,
            DataType::String,
            DataType::Int32,
            DataType::Float64,
        ];
        let fields = COLUMNS.into_iter().zip(types);
        let schema: Schema = fields
            .map(|(name, dtype)| Field::new(name.into(), dtype))
            .collect();
        let writer = ParquetWriter::new(out)
            .with_compression(ParquetCompression::Zstd(None))
            .batched(&schema)?;
        Ok(Self {
            writer,
            ids,
            held: Vec::with_capacity(GROUP_ROWS),
        })
    }

    fn write_held(&mut self) -> io::Result<()> {
        let frame = frame(&self.held, self.ids).map_err(io::Error::other)?;
        self.held.clear();
        self.writer.write_batch(&frame).map_err(io::Error::other)
    }
}

impl<W: Write> Rows for ParquetRows<'_, W> {
    fn push(&mut self, day: Day, mut events: &[Event]) -> io::Result<()> {
        while !events.is_empty() {
            let room = (GROUP_ROWS - self.held.len()).min(events.len());
            let (now, later) = events.split_at(room);
            self.held.extend(now.iter().map(|&event| (day, event)));
            if self.held.len() == GROUP_ROWS {
                self.write_held()?;
            }
            events = later;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.write_held()?;
        self.writer.finish().map(drop).map_err(io::Error::other)
    }
}

/// The columns of a row group.
fn frame(rows: &[(Day, Event)], ids: &[String]) -> PolarsResult<DataFrame> {
    let [user_id, timestamp, event, platform, duration, value] = COLUMNS;
    let millis = |(day, event): &(Day, Event)| {
        i64::from(day.0) * MILLIS_PER_DAY + i64::from(event.second) * 1_000
    };
    let timestamps = Int64Chunked::from_vec(timestamp.into(), rows.iter().map(millis).collect())
        .into_datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC));
    let durations: Vec<Option<i32>> = rows
        .iter()
        .map(|(_, event)| (event.duration > 0).then(|| i32::from(event.duration)))
        .collect();
    let values: Vec<Option<f64>> = rows
        .iter()
        .map(|(_, event)| (event.value > 0).then(|| f64::from(event.value)))
        .collect();
    DataFrame::new(
        rows.len(),
        vec![
            text(user_id, rows, |event| &ids[event.customer as usize]),
            timestamps.into_series().into_column(),
            text(event, rows, |event| name(event.name)),
            text(platform, rows, |event| {
                PLATFORMS[usize::from(event.platform)]
            }),
            Series::new(duration.into(), durations).into_column(),
            Series::new(value.into(), values).into_column(),
        ],
    )
}

fn text<'a>(name: &str, rows: &[(Day, Event)], cell: impl Fn(&Event) -> &'a str) -> Column {
    let cells: Vec<&str> = rows.iter().map(|(_, event)| cell(event)).collect();
    Series::new(name.into(), cells).into_column()
}

struct CsvRows<'a, W: Write> {
    writer: csv::Writer<W>,
    ids: &'a [String],
}

impl<'a, W: Write> CsvRows<'a, W> {
    fn new(out: W, ids: &'a [String]) -> io::Result<Self> {
        // Flexible, because bad rows may have too few fields.
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(out);
        writer.write_record(COLUMNS)?;
        Ok(Self { writer, ids })
    }
}

impl<W: Write> Rows for CsvRows<'_, W> {
    fn push(&mut self, day: Day, events: &[Event]) -> io::Result<()> {
        let date = day.to_string();
        for event in events {
            let fields = fields(&date, event, &self.ids[event.customer as usize]);
            let n_fields = match event.flaw {
                Some(Flaw::FieldCount) => COLUMNS.len() - 2,
                _ => COLUMNS.len(),
            };
            self.writer.write_record(&fields[..n_fields])?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.writer.flush()
    }
}

/// The cells of a row, spoilt if the event has a flaw.
fn fields(date: &str, event: &Event, id: &str) -> [Vec<u8>; COLUMNS.len()] {
    let (hour, minute, second) = (
        event.second / 3_600,
        event.second / 60 % 60,
        event.second % 60,
    );
    let positive = |number: u16| match number {
        0 => Vec::new(),
        _ => number.to_string().into_bytes(),
    };
    let mut fields = [
        id.as_bytes().to_vec(),
        format!("{date}T{hour:02}:{minute:02}:{second:02}Z").into_bytes(),
        name(event.name).as_bytes().to_vec(),
        PLATFORMS[usize::from(event.platform)].as_bytes().to_vec(),
        positive(event.duration),
        positive(event.value),
    ];
    match event.flaw {
        Some(Flaw::Timestamp) => fields[1] = b"yesterday".to_vec(),
        Some(Flaw::NoCustomer) => fields[0].clear(),
        Some(Flaw::Encoding) => fields[2].push(0xFF),
        Some(Flaw::FieldCount) | None => {}
    }
    fields
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use polars::prelude::{ParquetReader, SerReader};

    use super::*;

    #[test]
    fn a_file_of_more_rows_than_a_row_group_keeps_them_in_order() {
        let ids = ["c000000".to_string()];
        let event = |second| Event {
            second,
            customer: 0,
            number: 0,
            name: 0,
            platform: 0,
            duration: 0,
            value: 0,
            flaw: None,
        };
        let days: Vec<Vec<Event>> = vec![
            (0..70_000).map(event).collect(),
            Vec::new(),
            (0..80_000).flat_map(|second| [event(second); 5]).collect(),
        ];
        let mut bytes = Vec::new();
        let mut writer = rows(Format::Parquet, &mut bytes, &ids).unwrap();
        for (day, events) in (0..).zip(&days) {
            writer.push(Day(day), events).unwrap();
        }
        writer.finish().unwrap();

        let frame = ParquetReader::new(Cursor::new(bytes)).finish().unwrap();
        let timestamps = frame.column("timestamp").unwrap().datetime().unwrap();
        let got = timestamps.phys.iter().flatten();
        let expected = (0_i64..).zip(&days).flat_map(|(day, events)| {
            let begin = day * MILLIS_PER_DAY;
            events
                .iter()
                .map(move |e| begin + i64::from(e.second) * 1_000)
        });
        assert!(got.eq(expected));
    }

    #[test]
    fn a_file_without_events_has_columns_all_the_same() {
        let mut bytes = Vec::new();
        rows(Format::Parquet, &mut bytes, &[])
            .unwrap()
            .finish()
            .unwrap();
        let frame = ParquetReader::new(Cursor::new(bytes)).finish().unwrap();
        assert_eq!(frame.shape(), (0, COLUMNS.len()));

        let mut bytes = Vec::new();
        rows(Format::Csv, &mut bytes, &[])
            .unwrap()
            .finish()
            .unwrap();
        assert_eq!(bytes, (COLUMNS.join(",") + "\n").as_bytes());
    }
}
