//! As much of Rust's grammar as it takes to tell code from comments, texts and tests.

use std::path::PathBuf;

/// A word, `::`, any other character, or a text in its quotes.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) line: usize,
}

/// Tokens of Rust without comments, raw texts, character literals and lifetimes.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let mut line = 1;
    let mut i = 0;
    while i < chars.len() {
        let start = i;
        let mut text: Option<String> = None;
        match at(i) {
            '/' if at(i + 1) == '/' => {
                while i < chars.len() && at(i) != '\n' {
                    i += 1;
                }
            }
            '/' if at(i + 1) == '*' => i = end_of_comment(&chars, i),
            '"' => {
                i = end_of_text(&chars, i).min(chars.len());
                text = Some(chars[start..i].iter().collect());
            }
            'r' | 'b' if raw_hashes(&chars, i).is_some() => i = end_of_raw(&chars, i),
            '\'' if at(i + 1) == '\\' => {
                i += 3;
                while i < chars.len() && at(i) != '\'' {
                    i += 1;
                }
                i += 1;
            }
            '\'' if at(i + 2) == '\'' => i += 3,
            '\'' => {
                i += 1;
                while is_word(at(i)) {
                    i += 1;
                }
            }
            c if is_word(c) => {
                while is_word(at(i)) {
                    i += 1;
                }
                text = Some(chars[start..i].iter().collect());
            }
            ':' if at(i + 1) == ':' => {
                i += 2;
                text = Some("::".into());
            }
            c => {
                i += 1;
                text = (!c.is_whitespace()).then(|| c.to_string());
            }
        }
        if let Some(text) = text {
            found.push(Token { text, line });
        }
        line += chars[start..i.min(chars.len())]
            .iter()
            .filter(|&&c| c == '\n')
            .count();
    }
    found
}

/// One past the end of a block comment, which may hold others.
fn end_of_comment(chars: &[char], mut i: usize) -> usize {
    let mut depth = 0;
    while i < chars.len() {
        match chars[i..] {
            ['/', '*', ..] => depth += 1,
            ['*', '/', ..] => depth -= 1,
            _ => {
                i += 1;
                continue;
            }
        }
        i += 2;
        if depth == 0 {
            break;
        }
    }
    i
}

/// One past the closing quote of the text that begins at `i`.
fn end_of_text(chars: &[char], mut i: usize) -> usize {
    i += 1;
    while i < chars.len() && chars[i] != '"' {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

/// How many `#` a raw text that begins at `i` has, if one does.
fn raw_hashes(chars: &[char], i: usize) -> Option<usize> {
    if i > 0 && (chars[i - 1].is_alphanumeric() || chars[i - 1] == '_') {
        return None;
    }
    let from = match chars[i..] {
        ['b', 'r', ..] => i + 2,
        ['r', ..] => i + 1,
        _ => return None,
    };
    let hashes = chars[from..].iter().take_while(|&&c| c == '#').count();
    (chars.get(from + hashes) == Some(&'"')).then_some(hashes)
}

/// One past the end of the raw text that begins at `i`.
fn end_of_raw(chars: &[char], i: usize) -> usize {
    let hashes = raw_hashes(chars, i).unwrap_or(0);
    let mut end = i + chars[i..].iter().position(|&c| c == '"').unwrap_or(0) + 1;
    while end < chars.len() {
        let closes = chars[end] == '"'
            && chars[end + 1..]
                .iter()
                .take(hashes)
                .filter(|&&c| c == '#')
                .count()
                == hashes;
        end += 1;
        if closes {
            return end + hashes;
        }
    }
    end
}

/// Tokens outside `#[cfg(test)]` items, and the test modules among these items that are files.
pub(super) fn without_tests(tokens: Vec<Token>) -> (Vec<Token>, Vec<PathBuf>) {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let is_test = |i: usize| {
        tokens.len() >= i + MARK.len()
            && MARK
                .iter()
                .zip(&tokens[i..])
                .all(|(mark, t)| t.text == *mark)
    };
    let mut kept = Vec::new();
    let mut mods = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        if !is_test(i) {
            kept.push(tokens[i].clone());
            i += 1;
            continue;
        }
        let item = i + MARK.len()..end_of_item(&tokens, i + MARK.len());
        i = item.end;
        let item = &tokens[item];
        if let [.., module, name, end] = item
            && module.text == "mod"
            && end.text == ";"
        {
            let path = item
                .windows(3)
                .find(|t| t[0].text == "path" && t[1].text == "=");
            mods.push(
                path.map_or(name.text.as_str(), |t| t[2].text.trim_matches('"'))
                    .into(),
            );
        }
    }
    (kept, mods)
}

/// One past the end of the item whose attributes or first word begin at `i`.
fn end_of_item(tokens: &[Token], mut i: usize) -> usize {
    let mut depth = 0;
    while let Some(token) = tokens.get(i) {
        i += 1;
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" => depth -= 1,
            "}" => {
                depth -= 1;
                // What ends here is the item, unless it is the group of a `use`.
                if depth == 0 && tokens.get(i).is_none_or(|next| next.text != ";") {
                    return i;
                }
            }
            ";" if depth == 0 => return i,
            _ => {}
        }
    }
    i
}
