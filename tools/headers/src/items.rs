//! Takes the output of cbindgen apart into named items.

use crate::Result;

/// What an item declares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Constant,
    Type,
    Function,
}

/// One declaration.
#[derive(Clone, Debug)]
pub struct Item {
    pub kind: Kind,
    pub name: String,
    /// The lines of the doc comment, without its marks.
    pub doc: Vec<String>,
    /// The lines of the declaration.
    pub code: Vec<String>,
    /// Whether these lines come from the frame and stay as they are.
    pub by_hand: bool,
}

/// All declarations, in the order of the output. They are paragraphs outside braces.
pub fn take_apart(text: &str) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    let mut paragraph: Vec<&str> = Vec::new();
    let mut depth = 0usize;
    for line in text.lines().chain([""]) {
        let in_comment = line.trim_start().starts_with(['*', '/']);
        if line.trim().is_empty() && depth == 0 {
            if !paragraph.is_empty() {
                items.push(item(&paragraph)?);
                paragraph.clear();
            }
            continue;
        }
        if !in_comment {
            depth += line.matches('{').count();
            depth = depth.saturating_sub(line.matches('}').count());
        }
        paragraph.push(line);
    }
    Ok(items)
}

fn item(lines: &[&str]) -> Result<Item> {
    let end_of_doc = if lines[0].trim() == "/**" {
        lines.iter().position(|l| l.trim() == "*/").ok_or("a doc comment without end")? + 1
    } else {
        0
    };
    let doc = doc_lines(&lines[..end_of_doc]);
    let code: Vec<String> = lines[end_of_doc..].iter().map(|l| l.to_string()).collect();
    let joined = code.join(" ");
    let (kind, name) = name_of(&joined).ok_or_else(|| format!("cannot name: {joined}"))?;
    Ok(Item { kind, name, doc, code, by_hand: false })
}

/// The text of a doc comment's lines.
pub fn doc_lines(lines: &[&str]) -> Vec<String> {
    let inner = lines.iter().map(|l| l.trim()).filter(|l| *l != "/**" && *l != "*/");
    inner.map(|l| l.trim_start_matches('*').trim().to_string()).collect()
}

fn name_of(code: &str) -> Option<(Kind, String)> {
    if let Some(rest) = code.strip_prefix("#define ") {
        return Some((Kind::Constant, first_word(rest)));
    }
    if code.starts_with("typedef") {
        let name = match code.split_once("(*") {
            Some((before, rest)) if !before.contains('{') => first_word(rest),
            _ => {
                let before = code.trim_end_matches(';').trim_end();
                let before = before.split('[').next().filter(|_| !before.ends_with('}')).unwrap_or(before);
                let before = if code.contains('{') { code.rsplit('}').next()?.trim_end_matches(';') } else { before };
                before.rsplit(|c: char| !is_word(c)).find(|w| !w.is_empty())?.to_string()
            }
        };
        return Some((Kind::Type, name));
    }
    let before = code.split('(').next()?;
    Some((Kind::Function, before.rsplit(|c: char| !is_word(c)).next()?.to_string())).filter(|(_, n)| !n.is_empty())
}

/// Whether a character belongs to a C name.
pub fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|c| is_word(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_become_named_items() {
        let text = "/**\n * Two words.\n */\n#define COAP_X -1\n\ntypedef struct a_t {\n  int x;\n\n  int y;\n} a_t;\n\n\
            typedef void (*f_t)(int a,\n  int b);\n\ntypedef unsigned char k_t[4];\n\nconst a_t *g(const a_t *(*p)(void));\n";
        let items = take_apart(text).unwrap();
        let names: Vec<_> = items.iter().map(|i| (i.kind, i.name.as_str())).collect();
        use Kind::*;
        assert_eq!(names, [(Constant, "COAP_X"), (Type, "a_t"), (Type, "f_t"), (Type, "k_t"), (Function, "g")]);
        assert_eq!(items[0].doc, ["Two words."]);
    }
}
