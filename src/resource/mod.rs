//! Resources, their attributes, and discovery (docs/spec/resource.md).

pub mod async_state;
mod attribute;
mod cut;
mod filter;
mod link;
mod object;
pub mod observe;
mod print;
mod registry;
mod text;
pub mod wellknown;

pub use attribute::{Attribute, Attributes};
pub use object::{Kind, Resource};
pub use print::{print_document, print_link, Printed};
pub use registry::{add, delete, delete_all, find, proxy, unknown, Resources};
