//! What a PTP client tells: structs that cross the ABI as bytes. Names of counters are those of the pure part.

const std = @import("std");
const ptp = @import("../ptp.zig");

/// Why the port is faulty.
pub const Fault = enum(u32) {
    none = 0,
    /// No interface of that name or address.
    interface_gone = 1,
    interface_down = 2,
    /// The interface has no address of the transport.
    no_address = 3,
    /// The sockets could not be opened again, or fail.
    sockets = 4,
};

pub const StampKind = enum(u32) { software = 1, hardware = 2 };

pub const message_types = 16;
pub const address_bytes = 64;

pub const Statistics = extern struct {
    /// ptp.actions.State: 0 initializing, 1 faulty, 2 listening, 3 master, 4 passive, 5 uncalibrated, 6 slave.
    port_state: u32 = 0,
    /// tai_mapping.State: 0 free, 1 acquiring, 2 locked, 3 holdover.
    clock_state: u32 = 0,
    /// This client tells the machine its TAI.
    is_publisher: u32 = 0,
    /// The process that does; 0 if none.
    publisher_pid: u32 = 0,
    stamps: u32 = @backingInt(StampKind.software),
    fault: u32 = 0,
    /// Index of the interface; 0 while there is none.
    interface: u32 = 0,
    is_real_time: u32 = 0,
    domain: u32 = 0,
    /// config.DelayMechanism.
    delay_mechanism: u32 = 0,
    /// 1 while a master is followed: fields of parent, grandmaster and announced hold.
    has_master: u32 = 0,
    parent_port: u32 = 0,
    grandmaster_class: u32 = 0,
    grandmaster_accuracy: u32 = 0,
    grandmaster_variance: u32 = 0,
    grandmaster_priority_1: u32 = 0,
    grandmaster_priority_2: u32 = 0,
    time_source: u32 = 0,
    steps_removed: u32 = 0,
    /// As announced.
    utc_offset_s: i32 = 0,
    /// Bits: 0 leap61, 1 leap59, 2 utc_offset_valid, 3 ptp_timescale, 4 time_traceable, 5 frequency_traceable,
    /// 6 synchronization_uncertain.
    announced_flags: u32 = 0,
    /// 0 unknown, else ptp.timescale.Finding + 1: 1 tai, 2 utc_as_tai, 3 arbitrary_utc, 4 arbitrary_tai, 5 arbitrary,
    /// 6 wrong_utc_offset, 7 far_away.
    timescale: u32 = 0,
    /// What is added to the master's time, by `timescale_handling`.
    added_s: i32 = 0,
    /// Of the Sync of the master as it was heard; 127 unknown.
    sync_log_interval: i32 = ptp.timestamp.interval_unknown,
    has_offset: u32 = 0,
    has_path_delay: u32 = 0,
    /// A neighbour delay was answered by more than one: a switch without PTP is in the path.
    several_peers: u32 = 0,
    /// 1 while this port is master: its time is traceable to nothing.
    leads_untraceable: u32 = 0,
    foreign_master_count: u32 = 0,
    /// 1 if synchronization metadata of ST 2059-2 came from this grandmaster: the fields below hold.
    has_metadata: u32 = 0,
    default_frame_rate_numerator: u32 = 0,
    default_frame_rate_denominator: u32 = 0,
    /// synchronization_metadata.LockingStatus.
    locking_status: u32 = 0,
    /// Bits: 0 drop frame, 1 color frame, 2 daylight saving, 3 after the jump, 4 at the previous jam, 5 the jump is a
    /// leap second.
    metadata_flags: u32 = 0,
    local_offset_s: i32 = 0,
    jump_s: i32 = 0,
    previous_jam_local_offset_s: i32 = 0,
    /// Port number of ours: 1, or more where several clients of one interface are open.
    own_port: u32 = 0,
    next_jump_s: u64 = 0,
    next_jam_s: u64 = 0,
    previous_jam_s: u64 = 0,

    /// Identities as numbers, the first byte the highest.
    own_identity: u64 = 0,
    parent_identity: u64 = 0,
    grandmaster_identity: u64 = 0,

    /// Our time less the master's, of the last one to two minutes.
    offset_last_ns: i64 = 0,
    offset_mean_ns: f64 = 0,
    offset_rms_ns: f64 = 0,
    offset_deviation_ns: f64 = 0,
    /// Of sizes.
    offset_p99_ns: u64 = 0,
    offset_max_ns: u64 = 0,
    offset_count: u64 = 0,
    path_delay_ns: i64 = 0,
    /// Rate of TAI against the machine's clock.
    frequency_ppb: f64 = 0,
    /// How far TAI may be off now.
    error_ns: u64 = 0,
    /// Jumps of TAI so far, the newest of them, and how often the master's time was found to have moved.
    steps: u64 = 0,
    last_step_ns: i64 = 0,
    moves: u64 = 0,
    port_state_changes: u64 = 0,
    clock_state_changes: u64 = 0,
    master_changes: u64 = 0,
    /// Monotonic instants; 0 for never.
    now_ns: u64 = 0,
    opened_ns: u64 = 0,
    holdover_since_ns: u64 = 0,
    master_since_ns: u64 = 0,
    announce_heard_ns: u64 = 0,
    sync_heard_ns: u64 = 0,

    /// By the number of their type: 0 Sync, 1 Delay_Req, 2 Pdelay_Req, 3 Pdelay_Resp, 8 Follow_Up, 9 Delay_Resp,
    /// 10 Pdelay_Resp_Follow_Up, 11 Announce, 12 Signaling, 13 Management. In: all that came with our domain's version.
    messages_in: [message_types]u64 = @splat(0),
    messages_out: [message_types]u64 = @splat(0),

    /// Of the port: ptp.port_options.Counters.
    received: u64 = 0,
    malformed: u64 = 0,
    wrong_version: u64 = 0,
    other_domain: u64 = 0,
    own: u64 = 0,
    not_running: u64 = 0,
    not_parent: u64 = 0,
    for_others: u64 = 0,
    unstamped: u64 = 0,
    implausible: u64 = 0,
    dismissed: u64 = 0,
    repeated: u64 = 0,
    turned_away: u64 = 0,
    management: u64 = 0,
    signaling: u64 = 0,
    announce_timeouts: u64 = 0,
    sync_timeouts: u64 = 0,
    parent_changes: u64 = 0,
    /// Of Sync and Follow_Up.
    sync_duplicates: u64 = 0,
    sync_late: u64 = 0,
    sync_unmatched: u64 = 0,
    /// Of Delay_Req, or Pdelay_Req with that mechanism.
    delay_sent: u64 = 0,
    delay_answered: u64 = 0,
    delay_lost: u64 = 0,
    delay_strays: u64 = 0,
    several_peers_count: u64 = 0,
    /// Answers to Pdelay_Req, or our Sync as a master, that never got their time of sending.
    follow_ups_lost: u64 = 0,
    unicast_requests: u64 = 0,
    unicast_grants: u64 = 0,
    unicast_refusals: u64 = 0,
    unicast_cancellations: u64 = 0,
    unicast_expiries: u64 = 0,
    unicast_strays: u64 = 0,
    /// Decisions of the port for which its list had no place.
    actions_lost: u64 = 0,
    /// Of the discipline: ptp.discipline.Counters.
    offsets_used: u64 = 0,
    offsets_gathered: u64 = 0,
    offsets_refused: u64 = 0,
    offsets_without_delay: u64 = 0,
    offsets_out_of_order: u64 = 0,
    offsets_out_of_range: u64 = 0,
    mappings_deferred: u64 = 0,
    /// Of the sockets. Times of sending that came; those that had not when 64 more messages had left, or a send failed;
    /// those that belong to no message that we wait for.
    send_stamps: u64 = 0,
    send_stamps_lost: u64 = 0,
    send_stamps_stray: u64 = 0,
    /// Stamps that were void, because the machine's time of day was set while they were under way.
    stamps_void: u64 = 0,
    send_errors: u64 = 0,
    receive_errors: u64 = 0,
    /// Datagrams longer than any PTP message.
    too_long: u64 = 0,
    /// Senders over IPv6 who pushed another one, heard in the last minute, out of the table of addresses.
    addresses_full: u64 = 0,
    kernel_dropped: u64 = 0,
    faults: u64 = 0,
    /// Times that the thread woke, and its CPU time.
    turns: u64 = 0,
    cpu_ns: u64 = 0,
};

/// Offsets of the last one to two minutes by size: classes of ptp.offset_statistics.
pub const Histogram = extern struct {
    behind: [ptp.offset_statistics.class_count]u32 = @splat(0),
    ahead: [ptp.offset_statistics.class_count]u32 = @splat(0),
};

pub const Master = extern struct {
    identity: u64,
    grandmaster_identity: u64,
    /// Since its last Announce.
    silent_ns: u64,
    announce_interval_ns: u64,
    port: u32,
    priority_1: u32,
    class: u32,
    accuracy: u32,
    variance: u32,
    priority_2: u32,
    steps_removed: u32,
    time_source: u32,
    utc_offset_s: i32,
    /// As `Statistics.announced_flags`.
    flags: u32,
    domain: u32,
    is_qualified: u32,
    is_parent: u32,
    address_bytes: u32,
    /// Numeric, of IPv6 with the interface of a link-local one.
    address: [address_bytes]u8,
};

pub const Masters = extern struct {
    count: u32 = 0,
    reserved: u32 = 0,
    masters: [ptp.foreign_masters.capacity]Master = std.mem.zeroes([ptp.foreign_masters.capacity]Master),
};

test "structs have no holes" {
    inline for (.{ Statistics, Histogram, Master }) |T| {
        comptime var bytes: usize = 0;
        inline for (@typeInfo(T).@"struct".field_types) |Field| bytes += @sizeOf(Field);
        try std.testing.expectEqual(@as(usize, @sizeOf(T)), bytes);
    }
}
