//! Resources, their attributes, and discovery (docs/spec/resource.md).

/// The resources of a context.
#[derive(Default)]
pub struct Resources {}
