//! Doc comments: the text as C programmers write it, with `@param` and `@return` in columns.

/// The widest line of a comment.
pub const WIDTH: usize = 120;

/// The doc comment of a function, or of a function's type: its parameters in columns and its result as `@return`.
pub fn with_tags(doc: &[String]) -> Vec<String> {
    let doc: Vec<String> = doc.iter().map(|line| plain(line)).collect();
    let width = doc.iter().filter_map(|line| parameter(line)).map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut out: Vec<String> = Vec::new();
    let mut lines = doc.iter().peekable();
    while let Some(line) = lines.next() {
        let begins = out.last().is_some_and(|before| before.is_empty());
        let result = line.strip_prefix("Returns ").filter(|_| begins).or(line.strip_prefix("@return "));
        let (head, text) = match (parameter(line), result) {
            (Some((name, text)), _) => (format!("@param {name:width$}  "), text.to_string()),
            (_, Some(result)) => ("@return ".to_string(), capitalised(result)),
            _ => {
                out.push(line.clone());
                continue;
            }
        };
        let mut words = text;
        while let Some(more) = lines.next_if(|next| continues(next)) {
            words.push(' ');
            words.push_str(more.trim());
        }
        out.extend(hanging(&head, &words));
    }
    out
}

/// Whether a line belongs to the tag before it.
fn continues(line: &str) -> bool {
    !line.is_empty() && parameter(line).is_none() && !line.starts_with("- ")
}

/// Name and text of a line that describes a parameter.
fn parameter(line: &str) -> Option<(String, &str)> {
    let (name, text) = line.strip_prefix("@param")?.trim_start().split_once(char::is_whitespace)?;
    Some((name.to_string(), text.trim_start()))
}

/// Text as a sentence begins, unless it begins with a name of C.
fn capitalised(text: &str) -> String {
    let word = text.split_whitespace().next().unwrap_or_default();
    let mut letters = text.chars();
    match letters.next() {
        Some(first) if !word.contains('_') => format!("{}{}", first.to_uppercase(), letters.as_str()),
        _ => text.to_string(),
    }
}

/// Text after a head, its further lines indented by the head's width.
fn hanging(head: &str, text: &str) -> Vec<String> {
    let margin = head.chars().count();
    let mut out = Vec::new();
    let mut line = head.to_string();
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && " * ".len() + line.chars().count() + 1 + word.chars().count() > WIDTH {
            out.push(std::mem::replace(&mut line, " ".repeat(margin)));
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    out.push(line);
    out
}

/// A doc comment before what it describes.
pub fn block(indent: &str, doc: &[String]) -> Vec<String> {
    match doc {
        [] => Vec::new(),
        [one] if indent.len() + one.len() + 7 <= WIDTH => vec![format!("{indent}/** {} */", plain(one))],
        many => {
            let mut out = vec![format!("{indent}/**")];
            out.extend(many.iter().map(|l| format!("{indent} * {}", plain(l)).trim_end().to_string()));
            out.push(format!("{indent} */"));
            out
        }
    }
}

/// A remark without the marks of Rust's documentation.
pub fn plain(text: &str) -> String {
    text.replace("[`", "").replace("`]", "").replace('`', "").replace("*/", "* /")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn further_lines_of_a_tag_stand_below_its_text() {
        let long = "word ".repeat(30);
        let doc = ["Does `it`.", "", "@param a  Short.", "@param longer  Text", long.trim(), "", "Returns 1, or", "0."];
        let lines = with_tags(&doc.map(String::from));
        assert_eq!(lines[..3], ["Does it.", "", "@param a       Short."]);
        assert!(lines[3].starts_with("@param longer  Text word") && lines[3].len() + 3 <= WIDTH);
        assert!(lines[4].starts_with("               word"));
        assert_eq!(lines[5..], ["", "@return 1, or 0."]);
    }
}
