//! Everything that scoring needs, and what scoring gives.

use serde::{Deserialize, Serialize};

use crate::activity::Activity;
use crate::activity::people::People;
use crate::churn::LeakageProof;
use crate::churn::labels::Outcomes;
use crate::churn::train::ChurnModel;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::features::FeaturePlan;
use crate::files;
use crate::segment::Stage;
use crate::segment::build::Segmentation;
use crate::segment::lifecycle;
use crate::segment::snapshot::Snapshot;
use crate::time::{Cutoff, Day};

/// Format that this program writes and reads.
pub const FORMAT: u64 = 1;

/// How a churn probability came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChurnBasis {
    /// The logistic model: the customer is of the kind it learnt from.
    Model,
    /// The observed rate of the customer's lifecycle stage at the training cutoffs (dormant, non-user).
    StageRate,
}

/// Risk in three bands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskBand {
    /// Below `churn.medium_risk`.
    Low,
    /// Between the two limits.
    Medium,
    /// From `churn.high_risk`.
    High,
}

/// What habitus says of one customer at a cutoff.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Label {
    /// Customer id.
    pub customer_id: String,
    /// The first day the features did not see.
    pub cutoff: Day,
    /// Content id of the model.
    pub model_id: String,
    /// Segment slug.
    pub segment: String,
    /// Segment name.
    pub segment_name: String,
    /// How clearly the customer lies in its segment rather than the next, 0 to 1: `(d2 - d1) / d2` with the
    /// distances to the nearest two centres; 1 for segments by rule.
    pub confidence: f64,
    /// Lifecycle stage.
    pub lifecycle: Stage,
    /// Churn probability; `None` if no model could be fitted.
    pub churn_probability: Option<f64>,
    /// How the probability came about.
    pub churn_basis: Option<ChurnBasis>,
    /// Risk band.
    pub risk: Option<RiskBand>,
    /// Next best action.
    pub action: String,
    /// E-mail address, if the roster has one: the match id of some CRMs.
    pub email: Option<String>,
}

/// A trained model: definitions with every number resolved, clusters, churn model. A function of the data,
/// the configuration and the seed; it knows no clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// [`FORMAT`] of the program that wrote it.
    pub format: u64,
    /// The project file it was trained with; scoring reads and rolls up events by it.
    pub config: Config,
    /// The cutoff it learnt at, with its windows.
    pub cutoff: Cutoff,
    /// Which features there are.
    pub plan: FeaturePlan,
    /// Rules of the stages.
    pub lifecycle: lifecycle::Rules,
    /// Clusters and rules.
    pub segmentation: Segmentation,
    /// The churn model, or why there is none.
    pub churn: Result<ChurnModel, String>,
    /// The proof that no feature saw the cutoff or later.
    pub proof: LeakageProof,
}

/// Churn probability of a customer and how it came about.
pub type Risk = (f64, ChurnBasis);

impl Model {
    /// Reads a model from JSON.
    ///
    /// # Errors
    /// [`Error::Incompatible`] for another format, [`Error::Corrupt`] for anything that is no model.
    pub fn from_json(path: &std::path::Path, bytes: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        struct Header {
            format: u64,
        }
        let corrupt = |e: serde_json::Error| Error::Corrupt {
            path: path.into(),
            message: format!("not a model: {e}"),
        };
        let header: Header = serde_json::from_slice(bytes).map_err(corrupt)?;
        if header.format != FORMAT {
            return Err(Error::Incompatible {
                path: path.into(),
                found: header.format,
                supported: FORMAT,
            });
        }
        serde_json::from_slice(bytes).map_err(corrupt)
    }

    /// The model as JSON; the same model always gives the same bytes.
    ///
    /// # Errors
    /// [`Error::Internal`] if a number is not finite.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec_pretty(self)
            .map_err(|e| Error::Internal(format!("a model cannot be written as JSON: {e}")))?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Content id: `m_` and twelve hex digits of the hash of its JSON. The same model has the same id whatever
    /// version number it got.
    ///
    /// # Errors
    /// Those of [`Model::to_json`].
    pub fn id(&self) -> Result<String> {
        let hash = files::hash(&self.to_json()?);
        Ok(format!("m_{}", &hash[3..15]))
    }

    /// Features and stages at a cutoff, as this model defines them.
    #[must_use]
    pub fn snapshot(&self, activity: &Activity, people: &People, day: Day) -> Snapshot {
        let cutoff = Cutoff {
            day,
            windows: self.cutoff.windows,
        };
        Snapshot::take(activity, people, &self.plan, &self.lifecycle, cutoff)
    }

    /// Churn probabilities at a snapshot, one entry per customer; `None` for customers not known at the cutoff
    /// or unable to churn, and for everyone if there is no model.
    ///
    /// # Errors
    /// [`Error::Config`] if the snapshot lacks a feature of the model.
    pub fn risks(&self, snapshot: &Snapshot, outcomes: &Outcomes) -> Result<Vec<Option<Risk>>> {
        let Ok(churn) = &self.churn else {
            return Ok(vec![None; snapshot.stages.len()]);
        };
        let by_stage = |(c, stage): (usize, &Option<Stage>)| {
            let stage = stage.filter(|_| outcomes.can_churn(c, snapshot.cutoff))?;
            Some((churn.stage_rate(stage)?, ChurnBasis::StageRate))
        };
        let mut risks: Vec<Option<Risk>> =
            snapshot.stages.iter().enumerate().map(by_stage).collect();
        let in_use = outcomes.eligible(snapshot);
        for (&c, p) in in_use
            .iter()
            .zip(churn.propensity.predict(&snapshot.features, &in_use)?)
        {
            risks[c] = Some((p, ChurnBasis::Model));
        }
        Ok(risks)
    }

    /// Labels every customer known at `day`, in the order of their ids.
    ///
    /// # Errors
    /// Those of placing and of [`Model::risks`].
    pub fn score(&self, activity: &Activity, people: &People, day: Day) -> Result<Vec<Label>> {
        let snapshot = self.snapshot(activity, people, day);
        let placed = self.segmentation.place(&snapshot)?;
        let outcomes = Outcomes {
            kind: self.config.churn.kind,
            activity,
            people,
        };
        let risks = self.risks(&snapshot, &outcomes)?;
        let model_id = self.id()?;
        let label = |c: usize| {
            let place = placed[c]?;
            let segment = &self.segmentation.segments[place.segment];
            let probability = risks[c].map(|(p, _)| p);
            Some(Label {
                customer_id: activity.ids[c].clone(),
                cutoff: day,
                model_id: model_id.clone(),
                segment: segment.slug.clone(),
                segment_name: segment.name.clone(),
                confidence: place.confidence,
                lifecycle: snapshot.stages[c]?,
                churn_probability: probability,
                churn_basis: risks[c].map(|(_, basis)| basis),
                risk: probability.map(|p| self.band(p)),
                action: segment.action.clone(),
                email: people.email[c].clone(),
            })
        };
        Ok((0..activity.n_customers()).filter_map(label).collect())
    }

    fn band(&self, probability: f64) -> RiskBand {
        let limits = &self.config.churn;
        if probability >= limits.high_risk {
            RiskBand::High
        } else if probability >= limits.medium_risk {
            RiskBand::Medium
        } else {
            RiskBand::Low
        }
    }
}
