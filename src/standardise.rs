//! Features onto one scale: log1p for counts, then z. The transforms are kept for scoring.
//!
//! In comes a [`FeatureTable`] and the rows to learn from, out goes a matrix in which every column has mean 0
//! and standard deviation 1, and the [`Standardiser`] that does the same to any later table. Columns that
//! carry nothing are dropped with the reason; infinite values are refused.
//!
//! # Testing
//!
//! Against scikit-learn 1.9.1 `StandardScaler` (`tests/golden/learning.json`) and by hand.

use ndarray::{Array2, ArrayViewMut1};
use serde::{Deserialize, Serialize};

use crate::features::{FeatureTable, Kind};
use crate::{Error, Result};

/// What is done to a feature before it is centred and scaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// Nothing.
    None,
    /// `ln(1 + x)`, continued as an odd function so that a negative amount (refunds) stays defined.
    Log1p,
}

impl Transform {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Count => Self::Log1p,
            Kind::Share | Kind::Level => Self::None,
        }
    }

    fn apply(self, x: f64) -> f64 {
        match self {
            Self::None => x,
            Self::Log1p => x.signum() * x.abs().ln_1p(),
        }
    }
}

/// A column of the matrix: which feature it is and how it was scaled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScaledColumn {
    /// Feature name.
    pub feature: String,
    /// Feature name for people.
    pub title: String,
    /// What is done before scaling.
    pub transform: Transform,
    /// Mean of the transformed feature over the training rows.
    pub mean: f64,
    /// Its standard deviation (divisor `n`), as in scikit-learn.
    pub sd: f64,
    /// Training rows without a value, which got the mean (`z = 0`).
    pub n_imputed: usize,
}

/// A feature that was left out, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedColumn {
    /// Feature name.
    pub feature: String,
    /// Feature name for people.
    pub title: String,
    /// Why, as the end of "... was dropped: ".
    pub reason: String,
}

/// The learnt scaling of a set of features; part of the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standardiser {
    /// Columns of the matrix, in the order in which the features were asked for.
    pub columns: Vec<ScaledColumn>,
    /// Features that carry nothing.
    pub dropped: Vec<DroppedColumn>,
}

impl Standardiser {
    /// Learns the scaling of `features` from `rows` of `table`, and applies it to them.
    ///
    /// # Shape
    ///
    /// The matrix is `(rows.len(), columns.len())`, rows in the order of `rows`.
    ///
    /// # Formula
    ///
    /// `z = (t(x) - mean) / sd` with mean and sd (divisor `n`) of `t(x)` over the rows that have a value, and
    /// `t` by the feature's [`Kind`]. A row without a value (`NaN`) gets the mean.
    ///
    /// # Edge cases
    ///
    /// A column without any value is dropped, and so is a constant one: constant up to rounding by
    /// scikit-learn's bound, `var <= n eps var + (n mean eps)^2` (`_is_constant_feature`, after Chan, Golub
    /// and LeVeque 1983).
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for an unknown feature, [`Error::NotFinite`] for an infinite value, and
    /// [`Error::TooFew`] if no row or no column is left.
    pub fn fit(
        table: &FeatureTable,
        features: &[String],
        rows: &[usize],
    ) -> Result<(Self, Array2<f64>)> {
        if rows.is_empty() {
            return Err(Error::TooFew {
                what: "customers to scale features on".into(),
                got: 0,
                need: 1,
                help: None,
            });
        }
        let mut standardiser = Self {
            columns: Vec::new(),
            dropped: Vec::new(),
        };
        for feature in features {
            standardiser.add(table, feature, rows)?;
        }
        if standardiser.columns.is_empty() {
            let reasons: Vec<String> = standardiser
                .dropped
                .iter()
                .map(|column| format!("`{}`: {}", column.feature, column.reason))
                .collect();
            return Err(Error::TooFew {
                what: "features that tell customers apart".into(),
                got: 0,
                need: 1,
                help: Some(format!("dropped {}", reasons.join("; "))),
            });
        }
        let matrix = standardiser.transform(table, rows)?;
        Ok((standardiser, matrix))
    }

    /// Applies the learnt scaling to `rows` of `table`; a row without a value gets the training mean.
    ///
    /// # Shape
    ///
    /// `(rows.len(), columns.len())`, rows in the order of `rows`. The training rows give the matrix of
    /// [`Standardiser::fit`] to the bit.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if the table lacks a feature, [`Error::NotFinite`] for an infinite value.
    pub fn transform(&self, table: &FeatureTable, rows: &[usize]) -> Result<Array2<f64>> {
        let mut matrix = Array2::zeros((rows.len(), self.columns.len()));
        for (column, out) in self.columns.iter().zip(matrix.columns_mut()) {
            column.fill(table, rows, out)?;
        }
        Ok(matrix)
    }

    /// Pairs of features whose columns of `x` are equal, or equal with the sign reversed, up to rounding.
    ///
    /// Such a pair is legitimate but counts twice in every distance. `x` is the matrix of
    /// [`Standardiser::fit`].
    #[must_use]
    pub fn near_duplicates(&self, x: &Array2<f64>) -> Vec<(String, String)> {
        const TOLERANCE: f64 = 1e-9;
        let same = |a: usize, b: usize, sign: f64| {
            let (a, b) = (x.column(a), x.column(b));
            a.iter()
                .zip(b)
                .all(|(a, b)| (a - sign * b).abs() <= TOLERANCE)
        };
        let mut pairs = Vec::new();
        for (b, second) in self.columns.iter().enumerate() {
            for (a, first) in self.columns[..b].iter().enumerate() {
                if same(a, b, 1.0) || same(a, b, -1.0) {
                    pairs.push((first.feature.clone(), second.feature.clone()));
                }
            }
        }
        pairs
    }

    fn add(&mut self, table: &FeatureTable, feature: &str, rows: &[usize]) -> Result<()> {
        let Some(index) = table.specs.iter().position(|spec| spec.name == feature) else {
            return Err(unknown(table, feature));
        };
        let spec = &table.specs[index];
        let transform = Transform::of(spec.kind);
        let values: Vec<f64> = pick(table, index, rows)?
            .filter(|x| !x.is_nan())
            .map(|x| transform.apply(x))
            .collect();
        let (mean, variance) = moments(&values);
        let reason = if values.is_empty() {
            "no customer has a value"
        } else if is_constant(values.len(), mean, variance) {
            "the same for every customer"
        } else {
            self.columns.push(ScaledColumn {
                feature: spec.name.clone(),
                title: spec.title.clone(),
                transform,
                mean,
                sd: variance.sqrt(),
                n_imputed: rows.len() - values.len(),
            });
            return Ok(());
        };
        self.dropped.push(DroppedColumn {
            feature: spec.name.clone(),
            title: spec.title.clone(),
            reason: reason.into(),
        });
        Ok(())
    }
}

impl ScaledColumn {
    fn fill(&self, table: &FeatureTable, rows: &[usize], out: ArrayViewMut1<f64>) -> Result<()> {
        let Some(index) = table
            .specs
            .iter()
            .position(|spec| spec.name == self.feature)
        else {
            return Err(Error::config(format!(
                "the model needs feature `{}`, which the project no longer makes",
                self.feature
            ))
            .with_help("restore the setting that makes it, or train again"));
        };
        for (x, z) in pick(table, index, rows)?.zip(out) {
            *z = if x.is_nan() {
                0.0
            } else {
                (self.transform.apply(x) - self.mean) / self.sd
            };
        }
        Ok(())
    }
}

/// The values of column `index` at `rows`, once it is sure that none of them is infinite.
fn pick<'a>(
    table: &'a FeatureTable,
    index: usize,
    rows: &'a [usize],
) -> Result<impl Iterator<Item = f64> + 'a> {
    let column = &table.columns[index];
    let values = rows.iter().map(|&row| column[row]);
    match values.clone().filter(|x| x.is_infinite()).count() {
        0 => Ok(values),
        n => Err(Error::NotFinite {
            feature: table.specs[index].name.clone(),
            n,
        }),
    }
}

/// Mean and variance (divisor `n`) in two passes, with the correction for the rounding of the mean.
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let (sum, squares) = values.iter().fold((0.0, 0.0), |(sum, squares), x| {
        let d = x - mean;
        (sum + d, squares + d * d)
    });
    (mean, (squares - sum * sum / n) / n)
}

/// scikit-learn's `_is_constant_feature`: what rounding alone can give to the variance of a constant.
fn is_constant(n: usize, mean: f64, variance: f64) -> bool {
    let n = n as f64;
    variance <= n * f64::EPSILON * variance + (n * mean * f64::EPSILON).powi(2)
}

fn unknown(table: &FeatureTable, feature: &str) -> Error {
    let closest = table
        .specs
        .iter()
        .map(|spec| (strsim::jaro_winkler(&spec.name, feature), &spec.name))
        .filter(|(similarity, _)| *similarity > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let error = Error::config(format!("there is no feature `{feature}`"));
    match closest {
        Some((_, name)) => error.with_help(format!("did you mean `{name}`?")),
        None => {
            let names: Vec<&str> = table.specs.iter().map(|spec| spec.name.as_str()).collect();
            error.with_help(format!("the features are: {}", names.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::features::FeatureSpec;

    fn table(columns: &[(&str, Kind, &[f64])]) -> FeatureTable {
        FeatureTable {
            specs: columns
                .iter()
                .map(|(name, kind, _)| FeatureSpec {
                    name: (*name).into(),
                    title: name.replace('_', " "),
                    definition: String::new(),
                    unit: String::new(),
                    kind: *kind,
                })
                .collect(),
            columns: columns.iter().map(|(_, _, x)| x.to_vec()).collect(),
        }
    }

    fn fit(table: &FeatureTable) -> Result<(Standardiser, Array2<f64>)> {
        let names: Vec<String> = table.specs.iter().map(|spec| spec.name.clone()).collect();
        let rows: Vec<usize> = (0..table.columns[0].len()).collect();
        Standardiser::fit(table, &names, &rows)
    }

    #[test]
    fn agrees_with_scikit_learn() {
        let golden: Value =
            serde_json::from_str(include_str!("../tests/golden/learning.json")).unwrap();
        let expected = &golden["expected"]["standardise"];
        let numbers = |v: &Value| -> Vec<f64> {
            let cells = v.as_array().unwrap().iter();
            cells.map(|x| x.as_f64().unwrap_or(f64::NAN)).collect()
        };
        let columns: Vec<Vec<f64>> = (0..3).map(|j| numbers(&expected["columns"][j])).collect();
        let table = table(&[
            ("count", Kind::Count, &columns[0]),
            ("share", Kind::Share, &columns[1]),
            ("level", Kind::Level, &columns[2]),
        ]);
        let (standardiser, z) = fit(&table).unwrap();
        for (j, column) in standardiser.columns.iter().enumerate() {
            assert!((column.mean - expected["mean"][j].as_f64().unwrap()).abs() < 1e-12);
            assert!((column.sd - expected["sd"][j].as_f64().unwrap()).abs() < 1e-12);
        }
        assert_eq!(standardiser.columns[2].n_imputed, 1);
        for (i, row) in z.rows().into_iter().enumerate() {
            for (ours, theirs) in row.iter().zip(numbers(&expected["z"][i])) {
                assert!((ours - theirs).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn counts_get_log1p_and_an_amount_below_zero_stays_defined() {
        let e = std::f64::consts::E;
        let table = table(&[("value", Kind::Count, &[1.0 - e, 0.0, e - 1.0])]);
        let (_, z) = fit(&table).unwrap();
        let unit = 1.5_f64.sqrt(); // -1, 0, 1 have a variance of 2/3
        for (ours, expected) in z.iter().zip([-unit, 0.0, unit]) {
            assert!((ours - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn the_training_rows_transform_to_the_training_matrix_to_the_bit() {
        let table = table(&[
            ("a", Kind::Count, &[1.0, f64::NAN, 30.0, 4.0]),
            ("b", Kind::Share, &[0.1, 0.3, 0.2, 0.9]),
        ]);
        let names = ["b".to_string(), "a".to_string()];
        let (standardiser, z) = Standardiser::fit(&table, &names, &[3, 0, 1]).unwrap();
        assert_eq!(standardiser.columns[0].feature, "b");
        assert_eq!(standardiser.transform(&table, &[3, 0, 1]).unwrap(), z);
        let text = serde_json::to_string(&standardiser).unwrap();
        let back: Standardiser = serde_json::from_str(&text).unwrap();
        assert_eq!(back.transform(&table, &[3, 0, 1]).unwrap(), z);
    }

    #[test]
    fn a_missing_value_counts_as_the_mean() {
        let table = table(&[("a", Kind::Level, &[1.0, f64::NAN, 3.0])]);
        let (standardiser, z) = fit(&table).unwrap();
        assert_eq!(z.column(0).to_vec(), [-1.0, 0.0, 1.0]);
        assert_eq!(standardiser.columns[0].n_imputed, 1);
    }

    #[test]
    fn columns_that_carry_nothing_are_dropped_with_the_reason() {
        let noise = [0.1 + 0.2, 0.3, 0.3]; // 0.1 + 0.2 is one ulp above 0.3
        let table = table(&[
            ("kept", Kind::Level, &[1.0, 2.0, 3.0]),
            ("constant", Kind::Count, &[7.0; 3]),
            ("rounding", Kind::Level, &noise),
            ("missing", Kind::Level, &[f64::NAN; 3]),
        ]);
        let (standardiser, z) = fit(&table).unwrap();
        assert_eq!(z.ncols(), 1);
        let dropped: Vec<(&str, &str)> = standardiser
            .dropped
            .iter()
            .map(|d| (d.feature.as_str(), d.reason.as_str()))
            .collect();
        let expected = [
            ("constant", "the same for every customer"),
            ("rounding", "the same for every customer"),
            ("missing", "no customer has a value"),
        ];
        assert_eq!(dropped, expected);
    }

    #[test]
    fn what_cannot_be_scaled_is_refused() {
        let all_constant = table(&[("a", Kind::Level, &[1.0, 1.0])]);
        assert!(matches!(fit(&all_constant), Err(Error::TooFew { .. })));
        let infinite = table(&[("a", Kind::Level, &[1.0, f64::INFINITY])]);
        assert!(matches!(fit(&infinite), Err(Error::NotFinite { n: 1, .. })));
        let fine = table(&[("active_days", Kind::Level, &[1.0, 2.0])]);
        let nobody = Standardiser::fit(&fine, &["active_days".into()], &[]);
        assert!(matches!(nobody, Err(Error::TooFew { .. })));
    }

    #[test]
    fn an_unknown_feature_gets_a_suggestion_and_a_lost_one_is_named() {
        let table = table(&[("active_days", Kind::Level, &[1.0, 2.0])]);
        let typo = Standardiser::fit(&table, &["activ_days".into()], &[0, 1]).unwrap_err();
        assert_eq!(typo.help(), Some("did you mean `active_days`?"));
        let (standardiser, _) = fit(&table).unwrap();
        let lost = standardiser
            .transform(&FeatureTable::default(), &[])
            .unwrap_err();
        assert!(lost.to_string().contains("`active_days`"));
    }

    #[test]
    fn columns_that_say_the_same_are_found() {
        let table = table(&[
            ("a", Kind::Level, &[1.0, 2.0, 4.0]),
            ("b", Kind::Level, &[3.0, 5.0, 9.0]),
            ("c", Kind::Level, &[-1.0, -2.0, -4.0]),
            ("d", Kind::Level, &[1.0, 2.0, 5.0]),
        ]);
        let (standardiser, z) = fit(&table).unwrap();
        let pairs = standardiser.near_duplicates(&z);
        let expected = [("a", "b"), ("a", "c"), ("b", "c")].map(|(a, b)| (a.into(), b.into()));
        assert_eq!(pairs, expected);
    }
}
