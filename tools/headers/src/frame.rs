//! Fills the frame of a header.
//!
//! Lines that start with `//@` ask for items; everything else is copied.
//!
//! - `//@ NAME …`: these items; `PREFIX*` stands for all whose name starts so
//! - `//@ constants`, `//@ types`, `//@ functions`: what is left of a kind
//! - `//@ NAME as`: the item with its remark, its code being the lines up to the next empty one or `#endif`

use crate::items::{Item, Kind};
use crate::{style, Result};

/// What becomes of the lines after a directive, up to the next empty one.
enum Paragraph {
    /// They are copied, as everywhere.
    Copy,
    /// They are the code of this item.
    Code(Item),
}

/// The text of a header: its frame with the items put in.
pub fn fill(frame: &str, mut items: Vec<Item>) -> Result<String> {
    let mut out: Vec<String> = Vec::new();
    let mut paragraph = Paragraph::Copy;
    for line in frame.lines() {
        if line.is_empty() || line.starts_with("#endif") {
            if let Paragraph::Code(item) = std::mem::replace(&mut paragraph, Paragraph::Copy) {
                out.extend(style::lines_of(&item));
            }
        }
        match (&mut paragraph, line.strip_prefix("//@ ")) {
            (Paragraph::Code(item), _) => item.code.push(line.to_string()),
            (Paragraph::Copy, None) => out.push(line.to_string()),
            (Paragraph::Copy, Some(directive)) => {
                if let Some(name) = directive.strip_suffix(" as") {
                    if let Some(item) = take(&mut items, name)?.pop() {
                        paragraph = Paragraph::Code(Item { code: Vec::new(), by_hand: true, ..item });
                    }
                } else {
                    put(&mut out, take(&mut items, directive)?);
                }
            }
        }
    }
    match items.first() {
        Some(left) => Err(format!("the frame has no place for {}", left.name)),
        None => Ok(finish(&out)),
    }
}

/// Removes from `items` those that a directive asks for.
fn take(items: &mut Vec<Item>, directive: &str) -> Result<Vec<Item>> {
    let mut taken = Vec::new();
    for word in directive.split_whitespace() {
        let wanted = |i: &Item| match word {
            "constants" => i.kind == Kind::Constant,
            "types" => i.kind == Kind::Type,
            "functions" => i.kind == Kind::Function,
            _ => match word.strip_suffix('*') {
                Some(prefix) => i.name.starts_with(prefix),
                None => i.name == word,
            },
        };
        let (these, rest): (Vec<Item>, Vec<Item>) = std::mem::take(items).into_iter().partition(wanted);
        if these.is_empty() && !["constants", "types", "functions"].contains(&word) {
            return Err(format!("no item {word}"));
        }
        taken.extend(these);
        *items = rest;
    }
    Ok(taken)
}

/// Puts items out; constants in a row make a table.
fn put(out: &mut Vec<String>, items: Vec<Item>) {
    if items.iter().all(|i| i.kind == Kind::Constant) {
        out.extend(style::constants(&items));
        return;
    }
    for (number, item) in items.iter().enumerate() {
        if number > 0 {
            out.push(String::new());
        }
        out.extend(style::lines_of(item));
    }
}

/// Joins the lines, never two empty ones in a row.
fn finish(lines: &[String]) -> String {
    let mut text = String::new();
    let mut after_empty = true;
    for line in lines {
        if line.is_empty() && after_empty {
            continue;
        }
        after_empty = line.is_empty();
        text.push_str(line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::items::take_apart;

    const ITEMS: &str = "/**\n * One.\n */\n#define COAP_A 1\n\n/**\n * Two.\n */\n#define COAP_LONGER -2\n\n\
        typedef struct coap_x_t {\n  /**\n   * Its \\`kind\\`.\n   */\n  const struct coap_y_t *r#type;\n} coap_x_t;\n\n\
        /**\n * Does it.\n */\nint coap_do(void);\n";

    fn filled(frame: &str) -> Result<String> {
        fill(frame, take_apart(&ITEMS.replace("\\`", "`")).unwrap())
    }

    #[test]
    fn items_stand_where_the_frame_says() {
        let text = filled("//@ coap_do\n\n//@ constants\n\n//@ types\n").unwrap();
        assert_eq!(
            text,
            "/** Does it. */\nint coap_do(void);\n\n\
             #define COAP_A      1    /**< One. */\n#define COAP_LONGER (-2) /**< Two. */\n\n\
             typedef struct coap_x_t {\n  const coap_y_t *type; /**< Its kind. */\n} coap_x_t;\n"
        );
    }

    #[test]
    fn code_by_hand_takes_the_place_of_what_rust_says() {
        let frame = "//@ coap_do as\nDEPRECATED int coap_do(void);\n\n//@ constants types\n";
        let text = filled(frame).unwrap();
        assert!(text.starts_with("/** Does it. */\nDEPRECATED int coap_do(void);\n"));
        assert_eq!(text.matches("coap_do(").count(), 1);
    }

    #[test]
    fn nothing_is_left_out_silently() {
        assert!(filled("//@ constants types\n").unwrap_err().contains("coap_do"));
        assert!(filled("//@ COAP_B\n").unwrap_err().contains("COAP_B"));
        assert!(filled("//@ coap_other\n").unwrap_err().contains("coap_other"));
    }
}
