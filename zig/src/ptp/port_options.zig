//! What a PTP port is told at the start, and what it counts.

const std = @import("std");
const grandmaster = @import("grandmaster.zig");
const identity = @import("identity.zig");
const profile = @import("profile.zig");
const timescale = @import("timescale.zig");
const unicast_client = @import("unicast_client.zig");

pub const Options = struct {
    identity: identity.PortIdentity,
    profile: profile.Profile = .default,
    /// In what is sent: 1 for IEEE 1588-2019, 0 for 2008, which some old masters insist on.
    minor_version: u4 = 1,
    /// Null is slave-only: the clock never becomes master. Else it does when no better one is heard.
    grandmaster: ?grandmaster.Options = null,
    /// Masters to ask; with none, multicast.
    unicast: unicast_client.Options = .{},
    /// Delay_Req to the master alone although it sends to all; its answer comes the same way.
    unicast_delay: bool = false,
    /// Sync intervals without a Sync until `sync_timeout`. Ours: the standard has no such time.
    sync_timeout: u8 = 10,
    /// How much longer the way from the master is than the mean of both.
    asymmetry_ns: i64 = 0,
    tai_utc_s: i16 = timescale.tai_utc_s_default,
    /// For the random waits. Different in each port, else all ask at once.
    seed: u64,
};

/// Whatever is not used is counted here, in the counters of `slave`, `peer`, `unicast` or `grandmaster`.
pub const Counters = struct {
    received: u64 = 0,
    /// Not whole, a reserved type, a bad TLV.
    malformed: u64 = 0,
    wrong_version: u64 = 0,
    /// Another domain or sdoId.
    other_domain: u64 = 0,
    /// From this clock itself.
    own: u64 = 0,
    /// While initializing or faulty.
    not_running: u64 = 0,
    /// Sync, Follow_Up or Delay_Resp of another than the parent.
    not_parent: u64 = 0,
    /// Delay_Resp and Pdelay_Resp for others, and requests that only a master answers: normal in multicast.
    for_others: u64 = 0,
    /// Event messages without a time of receipt.
    unstamped: u64 = 0,
    /// Times that are none: a second of nanoseconds and more, after the year 2262, or before 1970 where it is sent.
    implausible: u64 = 0,
    /// Announces that no one should follow: 255 steps or more, an alternate master, our own identity, a loop, in
    /// unicast somebody whom we did not ask.
    dismissed: u64 = 0,
    /// Announces again, or overtaken.
    repeated: u64 = 0,
    /// Announces of a master for whom the table has no place.
    turned_away: u64 = 0,
    /// Management that we do not answer.
    management: u64 = 0,
    /// Signaling that is for others or of no use to us.
    signaling: u64 = 0,
    announce_timeouts: u64 = 0,
    sync_timeouts: u64 = 0,
    parent_changes: u64 = 0,
};
