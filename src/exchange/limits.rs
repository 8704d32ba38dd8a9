//! Bounds on what peers can make the library keep (docs/spec/hostile.md). Generous defaults, in one place (but for the
//! number of options in a message, see [`crate::message::parse`]).

/// Replies remembered per session, to answer duplicates (X11).
pub const RECENT_REQUESTS: usize = 16;
/// Bytes of replies remembered per session (X11).
pub const RECENT_BYTES: usize = 16 * 1024;
/// Answers to empty messages (pings) per context and second (X16).
pub const PINGS_PER_SECOND: u32 = 1000;
/// Requests per session that wait for an answer (X12); beyond, an answer to the oldest is taken for a stray one.
pub const OUTSTANDING_REQUESTS: usize = 256;
/// Messages queued per session for peers that do not answer (X17).
pub const QUEUED_PER_SESSION: usize = 64;
/// Idle sessions per endpoint where `max_idle_sessions` is 0 (X18).
pub const IDLE_SESSIONS: usize = 65_536;
/// Bytes that may wait to be written to a client over a stream; beyond, it is not read any more (X22).
pub const WAITING_BYTES: usize = 1024 * 1024;
/// The same for a server that a client session sends to; beyond, sending fails. More, because it is the application's own
/// to decide how fast it sends.
pub const CLIENT_WAITING_BYTES: usize = 4 * WAITING_BYTES;
/// What a message that waits counts beside its bytes: about what its record takes.
pub const WAITING_MESSAGE: usize = 256;
/// How long a client over a stream may take for its first CSM, in ticks (X22).
pub const CSM_TIME: u64 = 30_000;
/// How long it may take for its TLS handshake before that, in ticks (X22).
pub const HANDSHAKE_TIME: u64 = 30_000;
/// How long such a client may stay inside one message, or not read what it is sent, in ticks (X22).
pub const STALL_TIME: u64 = 60_000;
/// Datagrams with encrypted records that a DTLS connection takes in before the peer has changed to its new keys (X25):
/// OpenSSL keeps some 17 kB for each. An honest peer's come that early only where the network changes their order.
pub const EARLY_DATAGRAMS: u32 = 16;
/// The longest handshake message of a client's over DTLS, which is its certificates, in bytes (X25). OpenSSL makes room for
/// all of a message with the first fragment, for up to ten messages whose turn has not come.
pub const HANDSHAKE_MESSAGE: usize = 32 * 1024;
/// Longest body that is re-assembled (X30).
pub const MAX_BODY: usize = 16 * 1024 * 1024;
/// Uploads under way per session (X30).
pub const UPLOADS_PER_SESSION: usize = 4;
/// Uploads under way per context (X30).
pub const UPLOADS_PER_CONTEXT: usize = 1024;
/// Observations per session (X27); beyond, a registration is served as a request without Observe.
pub const OBSERVATIONS_PER_SESSION: usize = 128;
/// Observations per resource (X27).
pub const OBSERVATIONS_PER_RESOURCE: usize = 1000;
/// Observations per context (X27).
pub const OBSERVATIONS_PER_CONTEXT: usize = 50_000;
/// Snapshots of Block2 answers per session (X34).
pub const SNAPSHOTS_PER_SESSION: usize = 64;
/// Tokens of the library's own, answered or given up, whose late answers are recognised (K26).
pub const RETIRED_TOKENS: usize = 32;
/// Server names that a context remembers the application's answer about, for pre-shared keys and for certificates each (T11).
pub const SERVER_NAMES: usize = 1024;
