//! What a client does with what the discipline has found: it tells this machine its TAI, if that is for it to do.

const std = @import("std");
const ptp = @import("../ptp.zig");
const tai = @import("../tai.zig");
const time = @import("../time.zig");
const Client = @import("client.zig").Client;

const Changes = ptp.discipline.Changes;

/// What `tai.Status` holds when a client of PTP publishes.
pub const status_kind = @backingInt(tai.Source.ptp);

/// Between two tries to publish while another process does.
const retry_ns = std.time.ns_per_s;

pub fn apply(self: *Client, changes: Changes, now_ns: i64) void {
    const statistics = &self.statistics;
    if (changes.state) |state| {
        statistics.clock_state_changes += 1;
        statistics.holdover_since_ns = if (state == .holdover) @intCast(now_ns) else 0;
    }
    if (changes.stepped_ns) |by_ns| statistics.last_step_ns = by_ns;
    if (!changes.published) return;
    if (self.publisher == null) takePublishing(self, now_ns);
    if (self.publisher) |*publisher| publisher.publish(self.discipline.mapping());
}

/// Whether it knows more of TAI than everybody else.
pub fn hasTai(self: *const Client) bool {
    return self.discipline.servo.state != .estimating and self.discipline.state() != .free;
}

/// Tells the machine its TAI from now on, if it is to, has one, and nobody else does. It goes on from what was told
/// so far.
pub fn takePublishing(self: *Client, now_ns: i64) void {
    if (self.config.disciplines == 0 or !hasTai(self) or now_ns < self.publish_due_ns) return;
    self.publish_due_ns = now_ns + retry_ns;
    var publisher = tai.Publisher.open(self.clock, .ptp) catch return;
    if (publisher.begin()) |published| {
        const changes = self.discipline.continueFrom(published, self.clock.localAt(now_ns));
        if (changes.stepped_ns) |by_ns| self.statistics.last_step_ns = by_ns;
    }
    publisher.setTaiUtc(std.math.lossyCast(u32, self.config.tai_utc_s));
    self.publisher = publisher;
}

/// A clock that is free leaves it to others who may know better.
pub fn leavePublishing(self: *Client) void {
    if (self.publisher) |*publisher| {
        self.tell();
        publishStatus(self, publisher);
        publisher.close();
    }
    self.publisher = null;
    self.statistics.is_publisher = 0;
}

pub fn publishStatus(self: *Client, publisher: *tai.Publisher) void {
    publisher.publishStatus(&.of(status_kind, time.monotonicNs(), self.statistics));
}
