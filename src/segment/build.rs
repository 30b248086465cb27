//! Learnt and rule segments of a snapshot, and the placing of customers into them.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::naming::{ClusterProfile, Naming, name_clusters};
use super::snapshot::Snapshot;
use super::{Origin, ProfileEntry, Segment, Stage};
use crate::cluster::KTrial;
use crate::cluster::choose_k::choose;
use crate::cluster::kmeans::assign;
use crate::config::{Action, Method, SegmentsSection};
use crate::error::{Error, Result};
use crate::standardise::Standardiser;
use crate::stats::summary;

/// Features shown in every profile beside the clustered ones, as far as the log has them.
const PROFILE: [&str; 10] = [
    "active_days",
    "days_since_last",
    "sessions",
    "events_per_active_day",
    "breadth",
    "trend",
    "weekend_share",
    "tenure_days",
    "value",
    "purchases",
];

/// Segments by rule, in the order in which they follow the learnt ones: stage, name, description and default
/// action.
const BY_RULE: [(Stage, &str, &str, &str); 3] = [
    (
        Stage::New,
        "New customers",
        "Signed up recently or had too few sessions to show a pattern yet.",
        "Guide them to their first valuable action.",
    ),
    (
        Stage::Dormant,
        "Dormant customers",
        "Used the product before, but not for as long as the outcome window lasts.",
        "Win them back with what they used to value, or let them go.",
    ),
    (
        Stage::NonUser,
        "Never used",
        "On the roster, without a single meaningful event before the cutoff.",
        "Find out what keeps them from a first step.",
    ),
];

/// How customers are placed: clusters of the established ones, rules for the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segmentation {
    /// Clustering method.
    pub method: Method,
    /// Transform of the clustered features.
    pub standardiser: Standardiser,
    /// Means of the clusters in standardised space, shape `(k, n_clustered_features)`.
    pub centres: Vec<Vec<f64>>,
    /// Learnt segments in canonical order, then those by rule.
    pub segments: Vec<Segment>,
    /// Numbers of clusters tried.
    pub trials: Vec<KTrial>,
    /// What the reader should know, as sentences.
    pub notes: Vec<String>,
}

/// Where a customer belongs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed {
    /// Index into [`Segmentation::segments`].
    pub segment: usize,
    /// `(d2 - d1) / d2` of the distances to the nearest two centres; 1 by rule.
    pub confidence: f64,
}

impl Segmentation {
    /// Clusters the established customers of a snapshot and names what was found.
    ///
    /// # Errors
    /// Those of standardising and clustering: too few customers, no feature that varies, over Ward's limit.
    pub fn learn(snapshot: &Snapshot, section: &SegmentsSection) -> Result<Self> {
        let clustered = snapshot.customers(Stage::is_clustered);
        let (standardiser, x) =
            Standardiser::fit(&snapshot.features, &section.features, &clustered)?;
        let choice = choose(x.view(), section)?;
        let mut notes: Vec<String> = choice.note.into_iter().collect();
        notes.extend(standardiser.near_duplicates(&x).into_iter().map(|(a, b)| {
            format!(
                "{a} and {b} say the same of every customer and so count twice in the clustering"
            )
        }));
        let centres = choice.clustering.centres;
        let nearest = assign(x.view(), centres.view());
        let n_moved = nearest
            .iter()
            .zip(&choice.clustering.labels)
            .filter(|(n, l)| n.cluster != **l)
            .count();
        if n_moved > 0 {
            notes.push(format!(
                "{n_moved} of {} customers lie nearer to another cluster's mean than to their own; labels go by \
                 the nearest mean",
                nearest.len()
            ));
        }
        let mut segmentation = Self {
            method: section.method,
            standardiser,
            centres: centres.rows().into_iter().map(|row| row.to_vec()).collect(),
            segments: Vec::new(),
            trials: choice.trials,
            notes,
        };
        let placed = segmentation.place(snapshot)?;
        segmentation.segments =
            Describer::new(snapshot, section, &placed, centres.nrows())?.segments();
        Ok(segmentation)
    }

    /// Places every customer known at the snapshot's cutoff.
    ///
    /// # Errors
    /// [`Error::Config`] if the snapshot lacks a clustered feature.
    pub fn place(&self, snapshot: &Snapshot) -> Result<Vec<Option<Placed>>> {
        let clustered = snapshot.customers(Stage::is_clustered);
        let x = self
            .standardiser
            .transform(&snapshot.features, &clustered)?;
        let nearest = assign(x.view(), self.centre_matrix()?.view());
        let mut placed: Vec<Option<Placed>> = snapshot
            .stages
            .iter()
            .map(|stage| {
                let rule = BY_RULE.iter().position(|rule| Some(rule.0) == *stage)?;
                Some(Placed {
                    segment: self.centres.len() + rule,
                    confidence: 1.0,
                })
            })
            .collect();
        for (&c, near) in clustered.iter().zip(&nearest) {
            placed[c] = Some(Placed {
                segment: near.cluster,
                confidence: near.confidence(),
            });
        }
        Ok(placed)
    }

    /// Number of learnt segments.
    #[must_use]
    pub fn n_learnt(&self) -> usize {
        self.centres.len()
    }

    fn centre_matrix(&self) -> Result<Array2<f64>> {
        let shape = (self.centres.len(), self.standardiser.columns.len());
        Array2::from_shape_vec(shape, self.centres.concat()).map_err(|_| {
            Error::Internal("cluster centres do not match the clustered features".into())
        })
    }
}

/// Turns placed customers into described segments.
struct Describer<'a> {
    snapshot: &'a Snapshot,
    section: &'a SegmentsSection,
    members: Vec<Vec<usize>>,
    n_learnt: usize,
    n_known: usize,
    profile_features: Vec<String>,
    /// Mean of each profile feature in each learnt segment, in standard deviations of the clustered customers.
    z: Vec<Vec<Option<f64>>>,
}

impl<'a> Describer<'a> {
    fn new(
        snapshot: &'a Snapshot,
        section: &'a SegmentsSection,
        placed: &[Option<Placed>],
        n_learnt: usize,
    ) -> Result<Self> {
        let mut members = vec![Vec::new(); n_learnt + BY_RULE.len()];
        for (c, place) in placed.iter().enumerate() {
            if let Some(place) = place {
                members[place.segment].push(c);
            }
        }
        let has = |name: &str| snapshot.features.column(name).is_some();
        let mut profile_features: Vec<String> = section
            .features
            .iter()
            .filter(|f| has(f))
            .cloned()
            .collect();
        profile_features.extend(PROFILE.iter().filter(|f| has(f)).map(|f| (*f).to_string()));
        let mut seen = std::collections::BTreeSet::new();
        profile_features.retain(|feature| seen.insert(feature.clone()));
        let clustered = members[..n_learnt].concat();
        let (standardiser, x) =
            Standardiser::fit(&snapshot.features, &profile_features, &clustered)?;
        let column = |feature: &str| {
            standardiser
                .columns
                .iter()
                .position(|c| c.feature == feature)
        };
        let mut z = Vec::new();
        let mut start = 0;
        for group in &members[..n_learnt] {
            let rows = start..start + group.len();
            start = rows.end;
            let mean =
                |j: usize| summary::mean(&rows.clone().map(|i| x[[i, j]]).collect::<Vec<_>>());
            z.push(
                profile_features
                    .iter()
                    .map(|f| column(f).and_then(mean))
                    .collect(),
            );
        }
        let n_known = members.iter().map(Vec::len).sum();
        Ok(Self {
            snapshot,
            section,
            members,
            n_learnt,
            n_known,
            profile_features,
            z,
        })
    }

    fn segments(&self) -> Vec<Segment> {
        let profiles: Vec<ClusterProfile> = (0..self.n_learnt)
            .map(|s| ClusterProfile {
                n: self.members[s].len(),
                entries: self.profile(s),
            })
            .collect();
        let weeks = f64::from(self.snapshot.cutoff.windows.observation_days) / 7.0;
        let learnt = name_clusters(&profiles, weeks)
            .into_iter()
            .enumerate()
            .map(|(s, naming)| {
                let stage = self.commonest_stage(s);
                self.segment(s, Origin::Learnt, naming, stage, default_action(stage))
            });
        let by_rule = BY_RULE
            .iter()
            .enumerate()
            .map(|(i, &(stage, name, description, action))| {
                let naming = Naming {
                    name: name.into(),
                    slug: stage.slug().into(),
                    description: description.into(),
                };
                self.segment(self.n_learnt + i, Origin::Rule, naming, stage, action)
            });
        learnt.chain(by_rule).collect()
    }

    /// A segment with its action: configured for its slug, else for the stage most of it is in, else a default.
    fn segment(
        &self,
        s: usize,
        origin: Origin,
        naming: Naming,
        stage: Stage,
        default: &str,
    ) -> Segment {
        let actions = &self.section.actions;
        let configured = actions
            .get(&naming.slug)
            .or_else(|| actions.get(stage.slug()));
        let Action { action, owner, .. } = configured.cloned().unwrap_or_default();
        let name = actions
            .get(&naming.slug)
            .and_then(|a| a.name.clone())
            .unwrap_or(naming.name);
        let n = self.members[s].len();
        let hash =
            blake3::hash(format!("{}\n{}", naming.slug, naming.description).as_bytes()).to_hex();
        Segment {
            id: format!("seg_{}", &hash.as_str()[..8]),
            slug: naming.slug,
            name,
            description: naming.description,
            origin,
            n,
            share: n as f64 / self.n_known.max(1) as f64,
            value_share: self.value_share(s),
            profile: self.profile(s),
            action: if action.is_empty() {
                default.into()
            } else {
                action
            },
            owner,
        }
    }

    fn profile(&self, s: usize) -> Vec<ProfileEntry> {
        let features = &self.snapshot.features;
        let entry = |(j, name): (usize, &String)| {
            let spec = features.specs.iter().find(|spec| spec.name == *name)?;
            let column = features.column(name)?;
            let mut values: Vec<f64> = self.members[s].iter().map(|&c| column[c]).collect();
            values.retain(|value| value.is_finite());
            values.sort_unstable_by(f64::total_cmp);
            Some(ProfileEntry {
                feature: name.clone(),
                title: spec.title.clone(),
                unit: spec.unit.clone(),
                q25: summary::quantile_sorted(&values, 0.25)?,
                median: summary::quantile_sorted(&values, 0.5)?,
                q75: summary::quantile_sorted(&values, 0.75)?,
                z: self.z.get(s).and_then(|z| z[j]),
            })
        };
        self.profile_features
            .iter()
            .enumerate()
            .filter_map(entry)
            .collect()
    }

    fn commonest_stage(&self, s: usize) -> Stage {
        let count = |stage: Stage| {
            self.members[s]
                .iter()
                .filter(|&&c| self.snapshot.stages[c] == Some(stage))
                .count()
        };
        // The last of equal counts wins: the order of precedence, reversed.
        Stage::ALL
            .into_iter()
            .max_by_key(|&stage| count(stage))
            .unwrap_or(Stage::Activated)
    }

    fn value_share(&self, s: usize) -> Option<f64> {
        let value = self.snapshot.features.column("value")?;
        let sum = |customers: &[usize]| customers.iter().map(|&c| value[c]).sum::<f64>();
        let total: f64 = self.members.iter().map(|members| sum(members)).sum();
        (total > 0.0).then(|| sum(&self.members[s]) / total)
    }
}

/// What to do with a learnt segment as long as nobody has decided.
fn default_action(stage: Stage) -> &'static str {
    match stage {
        Stage::Power => "Ask for reviews and referrals, and offer what the next plan adds.",
        Stage::Habitual => "Show the features that power users combine with theirs.",
        Stage::Declining => "Ask what changed, before the habit is gone.",
        Stage::NotActivated | Stage::New | Stage::NonUser => "Help them to a first result.",
        Stage::Dormant => "Win them back with what they used to value.",
        Stage::Activated => "Give a reason to come back every week.",
    }
}
