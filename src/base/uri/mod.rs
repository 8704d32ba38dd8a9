//! URIs: taken apart, split into option values, and put together again (docs/spec/base.md, section 3).
//!
//! - [`split`]: a URI into scheme, host, port, path and query.
//! - [`segments`]: a path or query into encoded options.
//! - [`text`]: the path or query of a message as text.
//! - [`object`]: URIs that C owns.

pub mod object;
pub mod segments;
pub mod split;
pub mod text;

pub use object::{clone, new};
pub use segments::{split_path, split_query};
pub use split::split;
pub use text::{path, path_string, query, query_string, Text};
