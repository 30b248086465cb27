//! Names for learnt clusters, from their profiles: how often, and what sets them apart.
//!
//! A name is a rhythm ("Daily", "Weekly") and the trait in which the cluster differs most from the average
//! customer ("broad", "declining", "with high evening share"). Clusters that would share a name get the trait
//! in which they differ most from each other. A word is used only if it is also true in natural units: nobody is
//! called declining whose use is merely growing more slowly than others'.

use std::collections::{BTreeMap, BTreeSet};

use self::words::{Side, Trait};
use super::ProfileEntry;

mod description;
mod words;

/// Longest slug before a number is added to it.
const MAX_SLUG: usize = 60;
/// Distance from the average, in standard deviations, from which a trait is worth a word.
const NOTABLE: f64 = 0.5;

/// What a cluster is like.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterProfile {
    /// Customers in it.
    pub n: usize,
    /// Its features in natural units, with their z.
    pub entries: Vec<ProfileEntry>,
}

/// What a cluster is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    /// Name for people ("Daily broad users").
    pub name: String,
    /// Name for CRM and JSON, `[a-z0-9_]+`, unique among the clusters and never that of a segment by rule.
    pub slug: String,
    /// One sentence in natural units.
    pub description: String,
}

/// Names the clusters. The same profiles always give the same names, whatever else the product does.
///
/// # Shape
///
/// One [`Naming`] per cluster, in the same order. `observation_weeks` is the length of the observation window.
///
/// # Edge cases
///
/// Any set of features will do: what has no word of its own is described by its title. Clusters that no
/// feature tells apart are numbered.
#[must_use]
pub fn name_clusters(clusters: &[ClusterProfile], observation_weeks: f64) -> Vec<Naming> {
    let mut drafts: Vec<Draft> = clusters
        .iter()
        .map(|cluster| Draft::new(&cluster.entries, observation_weeks))
        .collect();
    loop {
        let mut progress = false;
        for members in collisions(&drafts) {
            progress |= tell_apart(&mut drafts, clusters, &members);
        }
        if !progress {
            break;
        }
    }
    let named = drafts.iter().zip(unique_slugs(&drafts)).zip(clusters);
    named
        .map(|((draft, (number, slug)), cluster)| {
            let name = match number {
                1 => draft.name(),
                _ => format!("{} ({number})", draft.name()),
            };
            Naming {
                name,
                slug,
                description: description::describe(&cluster.entries, observation_weeks),
            }
        })
        .collect()
}

/// A name in the making.
struct Draft {
    rhythm: Option<&'static str>,
    traits: Vec<Trait>,
    /// Features that the traits speak of.
    spent: BTreeSet<String>,
}

impl Draft {
    /// The rhythm and the most notable trait.
    fn new(entries: &[ProfileEntry], weeks: f64) -> Self {
        let mut draft = Self {
            rhythm: words::rhythm(entries, weeks),
            traits: Vec::new(),
            spent: BTreeSet::new(),
        };
        let mut notable: Vec<&ProfileEntry> = entries
            .iter()
            .filter(|e| z(e).abs() >= NOTABLE)
            .filter(|e| draft.rhythm.is_none() || e.feature != words::ACTIVE_DAYS)
            .collect();
        notable.sort_by(|a, b| z(b).abs().total_cmp(&z(a).abs()));
        let strongest = notable
            .into_iter()
            .find_map(|entry| Some((entry, words::notable_trait(entry, entries)?)));
        if let Some((entry, word)) = strongest {
            draft.spent.insert(entry.feature.clone());
            draft.traits.push(word);
        }
        draft
    }

    fn name(&self) -> String {
        let adjectives = self.traits.iter().filter_map(|word| match word {
            Trait::Adjective(adjective) => Some(*adjective),
            Trait::Phrase(_) => None,
        });
        let phrases: Vec<&str> = self
            .traits
            .iter()
            .filter_map(|word| match word {
                Trait::Phrase(phrase) => Some(phrase.as_str()),
                Trait::Adjective(_) => None,
            })
            .collect();
        let mut words: Vec<&str> = self.rhythm.into_iter().chain(adjectives).collect();
        if words.is_empty() && phrases.is_empty() {
            words.push("typical");
        }
        words.push("users");
        let mut name = words.join(" ");
        if !phrases.is_empty() {
            name = format!("{name} with {}", phrases.join(" and "));
        }
        words::capitalised(&name)
    }

    fn slug(&self) -> String {
        let mut slug = String::new();
        for c in self.name().chars().take(MAX_SLUG) {
            if c.is_ascii_alphanumeric() {
                slug.push(c.to_ascii_lowercase());
            } else if !slug.ends_with('_') {
                slug.push('_');
            }
        }
        slug.trim_matches('_').to_string()
    }
}

/// Groups of drafts that share a slug.
fn collisions(drafts: &[Draft]) -> Vec<Vec<usize>> {
    let mut by_slug: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, draft) in drafts.iter().enumerate() {
        by_slug.entry(draft.slug()).or_default().push(i);
    }
    by_slug.into_values().filter(|g| g.len() > 1).collect()
}

/// Adds to every member the trait in which the members differ most from each other; false if none is left.
fn tell_apart(drafts: &mut [Draft], clusters: &[ClusterProfile], members: &[usize]) -> bool {
    let spent = |feature: &str| members.iter().any(|&m| drafts[m].spent.contains(feature));
    let widest = clusters[members[0]]
        .entries
        .iter()
        .filter(|entry| !spent(&entry.feature))
        .filter_map(|entry| {
            let values: Option<Vec<f64>> = members
                .iter()
                .map(|&m| find(&clusters[m].entries, &entry.feature)?.z)
                .collect();
            let values = values.filter(|values| values.iter().all(|z| z.is_finite()))?;
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            (high > low).then(|| (high - low, (low + high) / 2.0, entry.feature.clone()))
        })
        // Of equally wide ones the first.
        .reduce(|best, next| if next.0 > best.0 { next } else { best });
    let Some((_, middle, feature)) = widest else {
        return false;
    };
    for &member in members {
        let entries = &clusters[member].entries;
        let draft = &mut drafts[member];
        if let Some(entry) = find(entries, &feature) {
            let side = if z(entry) > middle {
                Side::High
            } else {
                Side::Low
            };
            let agrees = z(entry).abs() >= NOTABLE && (z(entry) > 0.0) == (side == Side::High);
            let word = words::notable_trait(entry, entries)
                .filter(|word| agrees && matches!(word, Trait::Adjective(_)))
                .filter(|word| !draft.traits.contains(word))
                .unwrap_or_else(|| Trait::Phrase(words::comparison(entry, side)));
            draft.traits.push(word);
        }
        draft.spent.insert(feature.clone());
    }
    true
}

/// Slugs with their numbers: 1, left unsaid, unless nothing tells drafts apart.
fn unique_slugs(drafts: &[Draft]) -> Vec<(usize, String)> {
    let mut unique: Vec<(usize, String)> = Vec::new();
    for draft in drafts {
        let bare = draft.slug();
        let (mut number, mut slug) = (1, bare.clone());
        while unique.iter().any(|(_, taken)| *taken == slug) {
            number += 1;
            slug = format!("{bare}_{number}");
        }
        unique.push((number, slug));
    }
    unique
}

fn find<'a>(entries: &'a [ProfileEntry], feature: &str) -> Option<&'a ProfileEntry> {
    entries.iter().find(|entry| entry.feature == feature)
}

/// Distance from the average customer; 0 if it is not known.
fn z(entry: &ProfileEntry) -> f64 {
    entry.z.filter(|z| z.is_finite()).unwrap_or(0.0)
}

#[cfg(test)]
mod tests;
