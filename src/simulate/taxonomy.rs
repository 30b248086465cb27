//! The event names of the synthetic product, a tool for shared documents.

/// Every event the product is known to send. The first two are no usage, the last appears with a release.
pub const EVENTS: [&str; 16] = [
    "login",
    "page_view",
    "view_doc",
    "edit_doc",
    "comment",
    "search",
    "share",
    "upload_file",
    "use_template",
    "create_doc",
    "export",
    "invite_teammate",
    "api_call",
    "run_automation",
    "upgrade",
    "smart_search",
];

/// The events that do not count as usage (`events.not_meaningful`).
pub const NOT_MEANINGFUL: [&str; 2] = ["login", "page_view"];

/// Names outside the taxonomy, sent by mistake.
pub const UNKNOWN_EVENTS: [&str; 3] = ["editdoc", "beta_canvas_opened", "test_event"];

/// Where events are.
pub(super) const PLATFORMS: [&str; 4] = ["web", "desktop", "ios", "android"];

/// Number of events that mixes speak of: all from `view_doc` to `upgrade`.
pub(super) const N_ACTIONS: usize = 13;

// Codes: indices into `EVENTS`, followed by `UNKNOWN_EVENTS`.
pub(super) const LOGIN: u8 = 0;
pub(super) const PAGE_VIEW: u8 = 1;
pub(super) const VIEW_DOC: u8 = 2;
pub(super) const EDIT_DOC: u8 = 3;
pub(super) const COMMENT: u8 = 4;
pub(super) const SEARCH: u8 = 5;
pub(super) const UPLOAD_FILE: u8 = 7;
pub(super) const CREATE_DOC: u8 = 9;
pub(super) const EXPORT: u8 = 10;
pub(super) const INVITE_TEAMMATE: u8 = 11;
pub(super) const API_CALL: u8 = 12;
pub(super) const RUN_AUTOMATION: u8 = 13;
pub(super) const UPGRADE: u8 = 14;
pub(super) const SMART_SEARCH: u8 = 15;
pub(super) const UNKNOWN: [u8; UNKNOWN_EVENTS.len()] = [16, 17, 18];

/// The name behind a code.
pub(super) fn name(code: u8) -> &'static str {
    let code = usize::from(code);
    EVENTS
        .get(code)
        .or_else(|| UNKNOWN_EVENTS.get(code - EVENTS.len()))
        .copied()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_name_the_events_they_are_called_after() {
        let codes = [
            (LOGIN, "login"),
            (PAGE_VIEW, "page_view"),
            (VIEW_DOC, "view_doc"),
            (EDIT_DOC, "edit_doc"),
            (COMMENT, "comment"),
            (SEARCH, "search"),
            (UPLOAD_FILE, "upload_file"),
            (CREATE_DOC, "create_doc"),
            (EXPORT, "export"),
            (INVITE_TEAMMATE, "invite_teammate"),
            (API_CALL, "api_call"),
            (RUN_AUTOMATION, "run_automation"),
            (UPGRADE, "upgrade"),
            (SMART_SEARCH, "smart_search"),
        ];
        for (code, expected) in codes {
            assert_eq!(name(code), expected);
        }
        assert_eq!(UNKNOWN.map(name), UNKNOWN_EVENTS);
        assert_eq!(NOT_MEANINGFUL, [name(LOGIN), name(PAGE_VIEW)]);
    }
}
