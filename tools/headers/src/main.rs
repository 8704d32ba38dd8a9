//! Writes `include/coap2/*.h`, or with `--check` says which of them differ from what it would write.
//!
//! A header has three sources: `src/abi/x.rs` (types and constants), `src/capi/x.rs` (functions) and
//! `src/capi/x.h.in`, the frame, which sets the order and holds what only C can say. cbindgen turns the Rust into C
//! declarations, [`items`] takes them apart, [`style`] and [`doc`] make them read well, [`frame`] puts them where the frame says.

mod doc;
mod frame;
mod items;
mod style;

use std::path::{Path, PathBuf};
use std::{env, fs, process};

type Result<T> = std::result::Result<T, String>;

fn main() {
    let check = env::args().any(|a| a == "--check");
    match run(check) {
        Ok(0) => {}
        Ok(n) => {
            eprintln!("{n} header(s) differ from their sources: run `make headers`");
            process::exit(1);
        }
        Err(why) => {
            eprintln!("headers: {why}");
            process::exit(1);
        }
    }
}

/// Writes all headers, or counts those that differ.
fn run(check: bool) -> Result<usize> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let out = root.join("include/coap2");
    fs::create_dir_all(&out).map_err(|e| e.to_string())?;
    let mut frames: Vec<PathBuf> = fs::read_dir(root.join("src/capi"))
        .map_err(|e| e.to_string())?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().ends_with(".h.in"))
        .collect();
    frames.sort();
    let mut differing = 0;
    for path in frames {
        let header = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = header_text(&root, &path, header.trim_end_matches(".h")).map_err(|e| format!("{header}: {e}"))?;
        let target = out.join(&header);
        let same = fs::read_to_string(&target).is_ok_and(|old| old == text);
        if same {
            continue;
        }
        if check {
            eprintln!("differs: include/coap2/{header}");
            differing += 1;
        } else {
            fs::write(&target, text).map_err(|e| e.to_string())?;
            println!("wrote include/coap2/{header}");
        }
    }
    Ok(differing)
}

/// The text of one header.
fn header_text(root: &Path, frame: &Path, name: &str) -> Result<String> {
    let frame = fs::read_to_string(frame).map_err(|e| e.to_string())?;
    let declarations = declarations(root, name)?;
    frame::fill(&frame, items::take_apart(&declarations)?)
}

/// What cbindgen makes of the Rust files of a header; empty when there are none.
fn declarations(root: &Path, name: &str) -> Result<String> {
    let mut config = config();
    let mut sources = Vec::new();
    for room in ["abi", "capi"] {
        let source = root.join(format!("src/{room}/{name}.rs"));
        if let Ok(text) = fs::read_to_string(&source) {
            // cbindgen leaves out types that no function of the file uses, unless told their names.
            config.export.include.extend(text.lines().filter_map(type_name));
            config.export.exclude.extend(text.lines().filter_map(private_function));
            sources.push(source);
        }
    }
    if sources.is_empty() {
        return Ok(String::new());
    }
    let builder = sources.into_iter().fold(cbindgen::Builder::new().with_config(config), |b, s| b.with_src(s));
    let mut text = Vec::new();
    builder.generate().map_err(|e| e.to_string())?.write(&mut text);
    String::from_utf8(text).map_err(|e| e.to_string())
}

/// The name of the type that a line of Rust defines.
fn type_name(line: &str) -> Option<String> {
    let rest = ["pub struct ", "pub enum ", "pub union ", "pub type "].iter().find_map(|k| line.strip_prefix(k))?;
    Some(rest.chars().take_while(|c| items::is_word(*c)).collect())
}

/// The name of the function that a line of Rust defines for C files of the library, not for programs.
fn private_function(line: &str) -> Option<String> {
    let rest = line.strip_prefix("unsafe ").unwrap_or(line).strip_prefix("extern \"C\" fn ")?;
    Some(rest.chars().take_while(|c| items::is_word(*c)).collect())
}

/// How cbindgen writes. The guard, the includes and `extern "C"` are the frame's.
fn config() -> cbindgen::Config {
    let mut config = cbindgen::Config {
        language: cbindgen::Language::C,
        style: cbindgen::Style::Both,
        no_includes: true,
        usize_is_size_t: true,
        documentation: true,
        documentation_style: cbindgen::DocumentationStyle::Doxy,
        line_length: 110,
        tab_width: 2,
        ..Default::default()
    };
    config.function.sort_by = Some(cbindgen::SortKey::None);
    config.constant.sort_by = Some(cbindgen::SortKey::None);
    config.defines.insert("target_os = linux".into(), "COAP_EPOLL_SUPPORT".into());
    config
}
