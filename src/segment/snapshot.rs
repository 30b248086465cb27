//! Everything known of the customers at one cutoff.

use super::Stage;
use super::lifecycle::Rules;
use crate::activity::Activity;
use crate::activity::people::People;
use crate::features::{self, FeaturePlan, FeatureTable};
use crate::time::Cutoff;

/// Features and stages at a cutoff, rows in the order of `Activity::ids`.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The cutoff.
    pub cutoff: Cutoff,
    /// Features, shape `(n_customers, n_features)`.
    pub features: FeatureTable,
    /// Stage of each customer; `None` for one not known at the cutoff.
    pub stages: Vec<Option<Stage>>,
}

impl Snapshot {
    /// Computes features and stages at `cutoff`.
    #[must_use]
    pub fn take(
        activity: &Activity,
        people: &People,
        plan: &FeaturePlan,
        rules: &Rules,
        cutoff: Cutoff,
    ) -> Self {
        let stages = people
            .signed_up
            .iter()
            .enumerate()
            .map(|(c, &signed_up)| rules.stage(activity, c, signed_up, cutoff))
            .collect();
        Self {
            cutoff,
            features: features::build(activity, &people.signed_up, plan, cutoff),
            stages,
        }
    }

    /// Customers known at the cutoff whose stage satisfies `wanted`.
    #[must_use]
    pub fn customers(&self, wanted: impl Fn(Stage) -> bool) -> Vec<usize> {
        let stages = self.stages.iter().enumerate();
        stages
            .filter(|(_, stage)| stage.is_some_and(&wanted))
            .map(|(c, _)| c)
            .collect()
    }
}
