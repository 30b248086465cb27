//! The page as a whole.

use super::sample::sample;
use super::{ReportInput, page};
use crate::stats::survival::KaplanMeier;

/// Elements that have no end tag in HTML.
const VOID: [&str; 2] = ["meta", "!DOCTYPE"];

/// One tag as it stands in the page.
struct Tag<'a> {
    name: &'a str,
    attributes: Vec<&'a str>,
    is_end: bool,
    is_empty: bool,
}

/// Splits markup into tags. Attribute values of ours hold no `<` or `>`, which is what makes this enough.
fn tags(markup: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    for piece in markup.split('<').skip(1) {
        let inside = piece.split_once('>').expect("a tag ends").0;
        let (inside, is_end) = match inside.strip_prefix('/') {
            Some(rest) => (rest, true),
            None => (inside, false),
        };
        let (inside, is_empty) = match inside.strip_suffix('/') {
            Some(rest) => (rest, true),
            None => (inside, false),
        };
        let (name, rest) = inside.split_once(' ').unwrap_or((inside, ""));
        // Every second piece between quotes is a value; what precedes it is the name.
        let attributes = rest
            .split('"')
            .step_by(2)
            .map(|name| name.trim().trim_end_matches('='))
            .filter(|name| !name.is_empty())
            .collect();
        tags.push(Tag {
            name,
            attributes,
            is_end,
            is_empty,
        });
    }
    tags
}

/// Every element closed in order, every `&` an entity, no character that XML 1.0 forbids.
pub(super) fn assert_well_formed(markup: &str) {
    let mut open = Vec::new();
    for tag in tags(markup) {
        if tag.is_end {
            assert_eq!(open.pop(), Some(tag.name), "end tags follow start tags");
        } else if !tag.is_empty && !VOID.contains(&tag.name) {
            open.push(tag.name);
        }
        let mut names = tag.attributes.clone();
        names.sort_unstable();
        names.dedup();
        assert_eq!(
            names.len(),
            tag.attributes.len(),
            "an attribute stands once"
        );
    }
    assert!(open.is_empty(), "not closed: {open:?}");
    for entity in markup.split('&').skip(1) {
        let name = entity.split_once(';').expect("an entity ends").0;
        let is_known = ["lt", "gt", "amp", "quot", "apos"].contains(&name);
        let is_number = name
            .strip_prefix('#')
            .is_some_and(|digits| digits.parse::<u32>().is_ok());
        assert!(is_known || is_number, "entity {name}");
    }
    assert!(!markup.chars().any(|c| c.is_control() && c != '\n'));
}

/// The charts of a page.
fn charts(html: &str) -> Vec<&str> {
    let parts = html.split("<svg ").skip(1);
    parts
        .map(|part| part.split_once("</svg>").unwrap().0)
        .collect()
}

/// What the page says, without its markup, in one line.
fn words(html: &str) -> String {
    let body = html.split_once("<body>").unwrap().1;
    let mut text = String::new();
    for piece in body.split('<').skip(1) {
        text.push_str(piece.split_once('>').unwrap().1);
        text.push(' ');
    }
    for (entity, c) in [
        ("&#40;", "("),
        ("&#58;", ":"),
        ("&#61;", "="),
        ("&#47;", "/"),
        ("&#60;", "<"),
    ] {
        text = text.replace(entity, c);
    }
    text = text.replace("&#160;", " ").replace('\u{2060}', "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn assert_sound(input: &ReportInput) -> String {
    let html = page(input).unwrap();
    assert_well_formed(&html);
    assert_requests_nothing(&html);
    for forbidden in ["NaN", "inf ", "None", "Some("] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
    html
}

fn assert_requests_nothing(html: &str) {
    let html = html.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    let policy = "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\"";
    assert!(html.contains(policy));
    for forbidden in [
        "http:", "https:", "//", "url(", "@import", "<script", "<img", "<link", "src=",
    ] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn the_sample_is_written_to_be_looked_at() {
    let html = assert_sound(&sample());
    let target = concat!(env!("CARGO_MANIFEST_DIR"), "/target");
    std::fs::create_dir_all(target).unwrap();
    #[expect(
        clippy::disallowed_methods,
        reason = "a test leaves a page to look at in target/"
    )]
    std::fs::write(format!("{target}/report-sample.html"), html).unwrap();
}

#[test]
fn the_same_input_gives_the_same_bytes_and_less_than_a_megabyte() {
    let html = page(&sample()).unwrap();
    assert_eq!(html, page(&sample()).unwrap());
    assert!(html.len() < 1_000_000, "{} bytes", html.len());
}

#[test]
fn every_chart_says_what_it_is_and_has_its_numbers_in_a_table() {
    let html = page(&sample()).unwrap();
    let charts = charts(&html);
    assert_eq!(charts.len(), 10);
    let mut ids = Vec::new();
    for chart in charts {
        let labels = chart.split_once("aria-labelledby=\"").unwrap().1;
        let labels = labels.split_once('"').unwrap().0;
        for (id, element) in labels.split(' ').zip(["title", "desc"]) {
            let start = format!("<{element} id=\"{id}\">");
            let text = chart.split_once(&start).unwrap().1;
            assert!(!text.starts_with('<'), "{id} is empty");
            ids.push(id);
        }
        assert!(chart.contains("role=\"img\"") && chart.contains("viewBox=\"0 0 "));
    }
    ids.sort_unstable();
    let n = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), n, "ids are unique");
    for figure in html.split("<figure").skip(1) {
        let figure = figure.split_once("</figure>").unwrap().0;
        assert!(figure.contains("<svg ") && figure.contains("<details>"));
        assert!(figure.contains("<table>") && figure.contains("<tbody>\n<tr>"));
    }
}

#[test]
fn headings_are_in_order_and_links_lead_somewhere() {
    let html = page(&sample()).unwrap();
    let all = tags(&html);
    let levels = all.iter().filter(|tag| !tag.is_end).filter_map(|tag| {
        let level = tag.name.strip_prefix('h')?;
        level.parse::<u32>().ok()
    });
    let levels: Vec<u32> = levels.collect();
    assert_eq!(levels.iter().filter(|&&level| level == 1).count(), 1);
    assert!(
        levels.windows(2).all(|pair| pair[1] <= pair[0] + 1),
        "{levels:?}"
    );
    assert!(html.contains("<html lang=\"en\">"));
    for link in html.split("href=\"#").skip(1) {
        let id = link.split_once('"').unwrap().0;
        assert_eq!(html.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
    }
}

/// D-50: only elements and attributes of ours, whatever things are called.
#[test]
fn hostile_names_are_shown_and_do_nothing() {
    let mut input = sample();
    let hostile = "</title></style><svg onload=alert(1)>\"'><a href=//x>]]>&#0;\u{0}\u{1b}[31m";
    input.product = hostile.into();
    input.currency = hostile.into();
    input.timezone = hostile.into();
    input.method = hostile.into();
    input.data.notes.push(hostile.into());
    input.preparation.push((hostile.into(), hostile.into()));
    input.gate.checks[0].found = hostile.into();
    input
        .data
        .rejects_by_reason
        .push((hostile.into(), hostile.into(), 1));
    for segment in &mut input.segments {
        segment.name = hostile.into();
        segment.profile[0].title = hostile.into();
        segment.profile[0].unit = hostile.into();
    }
    let html = assert_sound(&input);
    let elements = "html head meta title style body header p h1 h2 h3 nav a main section dl div dt dd span article \
                    strong ul ol li figure figcaption details summary table caption thead tbody tr th td footer svg desc \
                    rect circle polyline text !DOCTYPE";
    let attributes = "lang charset http-equiv content name class href id scope tabindex role aria-label \
                      aria-labelledby xmlns viewBox x y dy width height fill stroke stroke-width points cx cy r \
                      text-anchor font-size font-weight html";
    for tag in tags(&html) {
        assert!(
            elements
                .split_whitespace()
                .any(|name| name == tag.name.trim()),
            "<{}>",
            tag.name
        );
        for attribute in tag.attributes {
            assert!(
                attributes.split_whitespace().any(|name| name == attribute),
                "{attribute}"
            );
        }
    }
    assert!(
        html.contains("&#60;&#47;title&#62;&#60;&#47;style&#62;&#60;svg onload&#61;alert&#40;1)")
    );
}

#[test]
fn rates_of_fewer_than_ten_customers_are_withheld() {
    let html = page(&sample()).unwrap();
    let card = html.split_once("<h3>Night-shift pilots</h3>").unwrap().1;
    let card = card.split_once("</article>").unwrap().0;
    assert_eq!(
        card.matches("too few to show &#40;n &#60; 10)").count(),
        3,
        "{card}"
    );
    let rows: Vec<&str> = html
        .split("<tr><th scope=\"row\">Night-shift pilots")
        .skip(1)
        .collect();
    let shown = |row: &&str| {
        row.split_once("</tr>")
            .unwrap()
            .0
            .contains("too few to show")
    };
    // Of its four rows, only the one of its size shows a share.
    assert_eq!(
        (rows.len(), rows.iter().filter(|row| shown(row)).count()),
        (3, 2)
    );
}

#[test]
fn the_letter_says_the_essentials_with_intervals() {
    let text = words(&page(&sample()).unwrap());
    for sentence in [
        "the 12,480 customers of Acme Notes fell into 8 segments: 6 found in how they use the product, 2 set by rule.",
        "From 1 Jun 2024 to 30 Jun 2024, 71.3% (70.5–72.1%) of them went on using it.",
        "Best retained: Daily power users , 98.2% (97.3–98.8%, n = 1,204).",
        "Worst retained: Fading explorers who once used nearly everything there is , 48.7% (46.1–51.2%, n = 1,480).",
        "Those at high risk bring in 169,335 EUR a month.",
        "✓ Passed the gate: 4 of 4 checks met",
        "not one of 10,800 feature values changed.",
        "an AUC of 0.823 (0.811–0.835), n = 9,594. Days since last use alone reach 0.781 (0.767–0.794). It clearly adds",
        "9,452,900 event rows read = 9,431,349 used + 1,240 rejected + 20,311 duplicates ✓ The account balances",
    ] {
        assert!(text.contains(sentence), "{sentence}\n{text}");
    }
}

#[test]
fn a_failed_gate_is_said_first_and_comes_before_the_actions() {
    let mut input = sample();
    input.gate.passed = false;
    input.gate.checks[0].passed = false;
    let text = words(&assert_sound(&input));
    assert!(text.contains("✗ Did not pass the gate: 3 of 4 checks met"));
    assert!(text.contains("First look into the checks that were not met."));
}

#[test]
fn without_a_churn_model_the_reason_is_given() {
    let mut input = sample();
    input.churn = Err("every one of the 312 labelled customers was retained".into());
    for segment in &mut input.evidence.segments {
        segment.mean_churn_probability = None;
    }
    for row in input.latest.iter_mut().flat_map(|latest| &mut latest.rows) {
        row.expected_churned = None;
        row.mrr_at_risk = None;
        row.n_high_risk = 0;
    }
    let html = assert_sound(&input);
    assert_eq!(charts(&html).len(), 7);
    let reason = "There is no churn model: every one of the 312 labelled customers was retained";
    let text = words(&html);
    assert_eq!(text.matches(reason).count(), 2);
    assert!(
        !text.contains("At high risk now"),
        "nobody was given a risk"
    );
}

#[test]
fn an_auc_within_that_of_recency_is_not_praised() {
    let mut input = sample();
    let quality = input.churn.as_mut().unwrap();
    quality.auc_recency = quality.auc;
    let text = words(&assert_sound(&input));
    assert!(text.contains("It adds nothing to recency; the simple rule would do as well."));
}

#[test]
fn a_page_with_next_to_nothing_still_stands() {
    let mut input = sample();
    input.segments.truncate(1);
    input.segments[0].value_share = None;
    input.segments[0].profile.clear();
    input.segments[0].owner = None;
    input.evidence.segments.truncate(1);
    input.evidence.segments[0].survival = KaplanMeier::default();
    input.evidence.segments[0].retention = None;
    input.evidence.retention = None;
    input.evidence.log_rank = None;
    input.evidence.cramers_v = None;
    input.k_trials.clear();
    input.preparation.clear();
    input.churn = Err("too few customers".into());
    input.latest = None;
    input.usage = [[0; 24]; 7];
    input.volume.clear();
    input.data.files.clear();
    input.data.rejects_by_reason.clear();
    input.data.notes.clear();
    input.data.n_rejected = 0;
    (
        input.data.first_day,
        input.data.last_day,
        input.data.data_end,
    ) = (None, None, None);
    input.proof.n_values = 0;
    input.currency.clear();
    let text = words(&assert_sound(&input));
    for sentence in [
        "There are no two segments large enough to be compared.",
        "No customers have been labelled with this model yet.",
        "Nobody was active in the observation window.",
        "The number of clusters was given, not searched for.",
        "No row was rejected.",
        "there was no customer to prove it on.",
        "off by 1,240 rows",
    ] {
        assert!(text.contains(sentence), "{sentence}\n{text}");
    }
}

#[test]
fn numbers_that_are_none_do_not_reach_the_page() {
    let mut input = sample();
    input.segments[0].profile[0].median = f64::NAN;
    input.segments[0].profile[0].z = Some(f64::NAN);
    input.evidence.cramers_v = Some(f64::NAN);
    input.k_trials[0].silhouette = f64::NAN;
    input.churn.as_mut().unwrap().brier = f64::INFINITY;
    assert_sound(&input);
}

#[test]
fn no_segment_at_all_gives_a_page_too() {
    let mut input = sample();
    input.segments.clear();
    input.evidence.segments.clear();
    input.latest.as_mut().unwrap().rows.clear();
    assert_sound(&input);
}

#[test]
fn contract_churn_is_put_in_its_own_words() {
    let mut input = sample();
    input.churn_kind = crate::config::ChurnKind::Contract;
    let text = words(&assert_sound(&input));
    assert!(text.contains("of them kept their contract"));
    assert!(!text.contains("meaningful use within"));
}
