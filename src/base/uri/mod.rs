//! URIs: taken apart, and split into option values; put together again in [`crate::message::uri_text`] (docs/spec/base.md, section 3).
//!
//! - [`split`]: a URI into scheme, host, port, path and query.
//! - [`segments`]: a path or query into encoded options.
//! - [`object`]: URIs that C owns.

pub mod object;
pub mod segments;
pub mod split;

pub use object::{clone, new};
pub use segments::{split_path, split_query};
pub use split::split;
