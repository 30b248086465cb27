//! The colours of the page and of its charts, each for light and for dark ground.
//!
//! Categories follow Okabe and Ito (2008), which stay apart for colour-blind readers; orange, sky blue, purple
//! and yellow are darkened on light ground until they reach the 3:1 that WCAG 2.2 asks of marks (1.4.11). No
//! colour carries meaning alone: everything is also labelled.
//!
//! A chart is drawn in the light colours, which name the ink; [`super::charts::canvas`] then replaces them by
//! CSS variables, so that one drawing serves both modes.

use plotters::style::RGBColor;

/// A colour with its name as a CSS variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ink {
    /// Name of the CSS variable.
    pub(crate) name: &'static str,
    light: u32,
    dark: u32,
}

impl Ink {
    const fn new(name: &'static str, light: u32, dark: u32) -> Self {
        Self { name, light, dark }
    }

    /// The colour that plotters draws with.
    pub(super) fn rgb(self) -> RGBColor {
        let [_, r, g, b] = self.light.to_be_bytes();
        RGBColor(r, g, b)
    }

    /// The colour on light ground, as `#` and six capital hex digits, which is how plotters writes it.
    pub(crate) fn light(self) -> String {
        format!("#{:06X}", self.light)
    }

    /// The colour on dark ground.
    pub(crate) fn dark(self) -> String {
        format!("#{:06X}", self.dark)
    }
}

/// The page behind everything.
pub(super) const GROUND: Ink = Ink::new("ground", 0xFFFFFF, 0x14181D);
/// Cards and table heads.
pub(super) const CARD: Ink = Ink::new("card", 0xF6F7F9, 0x1C2229);
/// Text; in charts this becomes `currentColor`.
pub(super) const TEXT: Ink = Ink::new("text", 0x1B1F24, 0xE6E9EC);
/// Secondary text.
pub(super) const MUTED: Ink = Ink::new("muted", 0x565F6A, 0xA4AEB9);
/// Rules and grid lines.
pub(super) const RULE: Ink = Ink::new("rule", 0xD5DAE0, 0x333B45);
/// Passed.
pub(super) const GOOD: Ink = Ink::new("good", 0x00694C, 0x4CC79C);
/// Failed.
pub(super) const BAD: Ink = Ink::new("bad", 0xA84300, 0xFF9A5C);

/// The ink of charts with one series.
pub(super) const BLUE: Ink = Ink::new("blue", 0x0072B2, 0x3D9BDB);
/// The ink of the second of two opposites.
pub(super) const VERMILION: Ink = Ink::new("vermilion", 0xD55E00, 0xE8701A);

/// Inks of categories, in Okabe and Ito's order; beyond the last they begin again.
pub(super) const SERIES: [Ink; 8] = [
    BLUE,
    Ink::new("orange", 0xC28400, 0xE69F00),
    Ink::new("green", 0x009E73, 0x00B384),
    Ink::new("purple", 0xC46A9C, 0xCC79A7),
    Ink::new("sky", 0x3391C9, 0x82CDF5),
    VERMILION,
    Ink::new("yellow", 0x8C8100, 0xF0E442),
    TEXT,
];

/// From far below (blue) to far above (orange) the average, in seven steps.
pub(super) const DIVERGING: [Ink; 7] = [
    Ink::new("low3", 0x1B5E9B, 0x5AA9E6),
    Ink::new("low2", 0x8CBBE0, 0x235C8C),
    Ink::new("low1", 0xD3E4F3, 0x1F3A52),
    Ink::new("mid", 0xF0F0EC, 0x272D34),
    Ink::new("high1", 0xFBE2C4, 0x4A3418),
    Ink::new("high2", 0xEFAE66, 0x80500F),
    Ink::new("high3", 0xA85200, 0xF0A24B),
];
/// Text on the pale steps of [`DIVERGING`].
pub(super) const ON_PALE: Ink = Ink::new("on-pale", 0x1B1F25, 0xF4F6F8);
/// Text on its two strong ends.
pub(super) const ON_STRONG: Ink = Ink::new("on-strong", 0xFFFFFE, 0x0E1216);

/// From nothing to the maximum, in seven steps of one hue.
pub(super) const SEQUENTIAL: [Ink; 7] = [
    Ink::new("seq0", 0xF1F4F8, 0x20262D),
    Ink::new("seq1", 0xD9E8F4, 0x1B344C),
    Ink::new("seq2", 0xB3D2EA, 0x1D4870),
    Ink::new("seq3", 0x82B5DC, 0x245F94),
    Ink::new("seq4", 0x4D94C9, 0x357FBC),
    Ink::new("seq5", 0x2070B1, 0x5CA4DC),
    Ink::new("seq6", 0x0C4A82, 0xA6D3F4),
];

/// The ink of category `i`.
pub(super) fn series(i: usize) -> Ink {
    SERIES[i % SERIES.len()]
}

/// Every ink once, in a fixed order.
pub(super) fn all() -> Vec<Ink> {
    let page = [
        GROUND, CARD, TEXT, MUTED, RULE, GOOD, BAD, ON_PALE, ON_STRONG,
    ];
    let series = SERIES.into_iter().filter(|&ink| ink != TEXT);
    page.into_iter()
        .chain(series)
        .chain(DIVERGING)
        .chain(SEQUENTIAL)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Relative luminance, WCAG 2.2.
    fn luminance(colour: u32) -> f64 {
        let channel = |shift: u32| {
            let c = f64::from((colour >> shift) & 0xFF) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0)
    }

    fn contrast(a: u32, b: u32) -> f64 {
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        a.max(b) / a.min(b)
    }

    #[test]
    fn black_on_white_has_contrast_21() {
        assert!((contrast(0x000000, 0xFFFFFF) - 21.0).abs() < 1e-9);
    }

    #[test]
    fn text_reaches_four_and_a_half_to_one_in_both_modes() {
        for text in [TEXT, MUTED, GOOD, BAD] {
            for ground in [GROUND, CARD] {
                assert!(contrast(text.light, ground.light) >= 4.5, "{}", text.name);
                assert!(contrast(text.dark, ground.dark) >= 4.5, "{}", text.name);
            }
        }
        for (step, ink) in DIVERGING.into_iter().enumerate() {
            let text = if step == 0 || step == 6 {
                ON_STRONG
            } else {
                ON_PALE
            };
            assert!(contrast(text.light, ink.light) >= 4.5, "{}", ink.name);
            assert!(contrast(text.dark, ink.dark) >= 4.5, "{}", ink.name);
        }
    }

    #[test]
    fn marks_reach_three_to_one_in_both_modes() {
        for ink in SERIES {
            assert!(contrast(ink.light, GROUND.light) >= 3.0, "{}", ink.name);
            assert!(contrast(ink.dark, GROUND.dark) >= 3.0, "{}", ink.name);
        }
    }

    #[test]
    fn the_steps_of_the_usage_scale_run_one_way() {
        for pair in SEQUENTIAL.windows(2) {
            assert!(luminance(pair[0].light) > luminance(pair[1].light));
        }
        for pair in SEQUENTIAL[1..].windows(2) {
            assert!(luminance(pair[0].dark) < luminance(pair[1].dark));
        }
    }

    #[test]
    fn an_ink_is_known_by_its_light_colour_and_by_its_name() {
        let inks = all();
        let colours: BTreeSet<u32> = inks.iter().map(|ink| ink.light).collect();
        let names: BTreeSet<&str> = inks.iter().map(|ink| ink.name).collect();
        assert_eq!((colours.len(), names.len()), (inks.len(), inks.len()));
    }
}
