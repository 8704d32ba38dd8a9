//! Makes declarations read as a person would have written them.

use crate::doc::{self, WIDTH};
use crate::items::{doc_lines, is_word, Item, Kind};

/// Structures whose typedef stands apart, before what needs it: most in `coap_forward_decls.h`.
const FORWARD: [&str; 7] = [
    "coap_async_state_t",
    "coap_context_t",
    "coap_dtls_pki_t",
    "coap_packet_t",
    "coap_pdu_t",
    "coap_queue_t",
    "coap_session_t",
];

/// The lines of an item other than a constant.
pub fn lines_of(item: &Item) -> Vec<String> {
    let mut out = doc::block("", &doc::with_tags(&item.doc));
    match item.kind {
        Kind::Type if !item.by_hand && item.code.iter().any(|l| l.contains('{')) => out.extend(compound(item)),
        _ if item.by_hand => out.extend(item.code.iter().cloned()),
        _ => out.extend(wrapped("", &plain(&joined(&item.code)))),
    }
    out
}

/// A declaration in one line.
fn joined(lines: &[String]) -> String {
    lines.iter().map(|l| l.trim()).collect::<Vec<_>>().join(" ")
}

/// The lines of a run of constants: a table when all their remarks are short.
pub fn constants(items: &[Item]) -> Vec<String> {
    let row = |i: &Item| Row { code: define(&i.name, &i.code.join(" "), items), doc: i.doc.clone() };
    commented("", &items.iter().map(row).collect::<Vec<_>>())
}

/// `#define NAME value`, the values of a run below each other.
fn define(name: &str, code: &str, run: &[Item]) -> String {
    let width = run.iter().map(|i| i.name.len()).max().unwrap_or(0);
    let value = code.trim_start_matches("#define ").trim_start_matches(name).trim();
    // A negative value in an expression must stay one operand.
    let value = if value.starts_with('-') { format!("({value})") } else { value.to_string() };
    format!("#define {name:width$} {value}")
}

/// A struct or an enumeration.
fn compound(item: &Item) -> Vec<String> {
    let forward = FORWARD.contains(&item.name.as_str());
    let mut out = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    let mut doc: Vec<&str> = Vec::new();
    let mut in_doc = false;
    let code = without_empty_conditionals(&item.code);
    let last = code.len().saturating_sub(1);
    for (number, line) in code.iter().enumerate() {
        let trimmed = line.trim();
        if trimmed == "/**" {
            in_doc = true;
        }
        if in_doc {
            doc.push(line);
            in_doc = trimmed != "*/";
        } else if number == 0 {
            let head = plain(line);
            out.push(if forward { head.trim_start_matches("typedef ").to_string() } else { head });
        } else if number == last {
            // Before C99 no comma may end an enumeration.
            if let Some(row) = rows.last_mut().filter(|row| row.code.ends_with(',')) {
                row.code.pop();
            }
            out.extend(commented("  ", &rows));
            out.push(if forward { "};".to_string() } else { plain(line) });
        } else if trimmed.starts_with('#') {
            // The semicolon of a field under #if follows after #endif: it is put where it belongs.
            if let Some(row) = rows.last_mut().filter(|row| !row.code.ends_with([';', ','])) {
                row.code.push(';');
            }
            out.extend(commented("  ", &rows));
            rows.clear();
            out.push(trimmed.to_string());
        } else if trimmed == ";" {
            if let Some(row) = rows.last_mut().filter(|row| !row.code.ends_with(';')) {
                row.code.push(';');
            }
        } else if let Some(row) = rows.last_mut().filter(|row| doc.is_empty() && !row.code.ends_with([';', ','])) {
            row.code = format!("{} {}", row.code, plain(trimmed));
        } else if let Some(row) = rows.last_mut().filter(|row| doc.is_empty() && row.code.matches('(').count() > 1) {
            row.code = format!("{} {}", row.code, plain(trimmed));
        } else {
            rows.push(Row { code: plain(trimmed), doc: doc_lines(&doc) });
            doc.clear();
        }
    }
    out
}

/// `#endif` followed by the same `#if` joins two neighbours; a field's semicolon may stand between the two.
fn without_empty_conditionals(lines: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut open = "";
    for line in lines {
        if line.trim_start().starts_with("#if") {
            let end = out.len().saturating_sub(1 + usize::from(out.last().is_some_and(|l| l.trim() == ";")));
            if line.trim() == open && out.get(end).is_some_and(|l| l.trim() == "#endif") {
                out.remove(end);
                continue;
            }
            open = line.trim();
        }
        out.push(line.clone());
    }
    out
}

/// A constant, a field or an enumerator with its remark.
struct Row {
    code: String,
    doc: Vec<String>,
}

impl Row {
    /// The remark in one line.
    fn remark(&self) -> String {
        doc::plain(&self.doc.join(" "))
    }

    /// Whether code of a given width and the remark have room in one line.
    fn fits(&self, width: usize) -> bool {
        self.code.len() <= 60 && width + self.remark().len() + " /**<  */".len() <= WIDTH
    }
}

/// Lines with their remarks: behind the line where both are short, else before it.
fn commented(indent: &str, rows: &[Row]) -> Vec<String> {
    let width = rows.iter().filter(|row| row.fits(row.code.len())).map(|row| row.code.len()).max().unwrap_or(0);
    let mut out = Vec::new();
    for row in rows {
        if !row.doc.is_empty() && row.fits(indent.len() + width) {
            out.push(format!("{indent}{:width$} /**< {} */", row.code, row.remark()));
        } else {
            out.extend(doc::block(indent, &row.doc));
            out.extend(wrapped(indent, &row.code));
        }
    }
    out
}

/// A declaration, its parameters below each other's first where they need more than one line.
fn wrapped(indent: &str, code: &str) -> Vec<String> {
    let whole = format!("{indent}{code}");
    let parameters = match code.starts_with("typedef") || code.contains("(*") {
        true => code.find(")(").map(|at| at + 2),
        false => code.find('(').map(|at| at + 1),
    };
    let Some(start) = parameters.filter(|_| whole.len() > WIDTH - 8) else { return vec![whole] };
    let margin = " ".repeat(indent.len() + start);
    let mut out = Vec::new();
    let mut line = format!("{indent}{}", &code[..start]);
    for (number, part) in code[start..].split_inclusive(", ").enumerate() {
        if number > 0 && line.len() + part.trim_end().len() > WIDTH - 8 {
            out.push(std::mem::replace(&mut line, margin.clone()).trim_end().to_string());
        }
        line.push_str(part);
    }
    out.push(line);
    out
}

/// Code with typedef names in place of tags and without raw identifiers.
fn plain(code: &str) -> String {
    let code = code.replace("r#", "");
    // cbindgen has no other word for isize.
    let code = if code.ends_with(" hho;") { code } else { code.replace("ptrdiff_t", "ssize_t") };
    let code =
        if code.contains("struct epoll_event") { code } else { code.replace("epoll_event ", "struct epoll_event ") };
    let mut out = String::new();
    let mut rest = code.as_str();
    while let Some((at, tag)) =
        ["struct ", "enum "].iter().filter_map(|tag| Some((rest.find(*tag)?, *tag))).min_by_key(|(at, _)| *at)
    {
        let (before, after) = rest.split_at(at);
        let after_tag = &after[tag.len()..];
        let name: String = after_tag.chars().take_while(|c| is_word(*c)).collect();
        let heads_a_word = !before.ends_with(is_word);
        let defines = after_tag[name.len()..].trim_start().starts_with('{') || is_self_link(&name);
        out.push_str(before);
        if !(heads_a_word && has_typedef(&name) && !defines) {
            out.push_str(tag);
        }
        rest = after_tag;
    }
    out.push_str(rest);
    out
}

/// Whether a structure or an enumeration is also known without its tag.
fn has_typedef(name: &str) -> bool {
    name.starts_with("coap_") || name.starts_with("UT_hash_")
}

/// Structures that link to their like before their typedef is complete.
fn is_self_link(name: &str) -> bool {
    matches!(name, "coap_optlist_t" | "UT_hash_handle")
}
