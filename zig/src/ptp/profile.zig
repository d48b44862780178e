//! What differs between the profiles of PTP: the domain and how often what is sent.
//!
//! The default profile is that of IEEE 1588-2008 annex J.3. The values of ST 2059-2 are as implementations and readers
//! of the text have them; the text itself was not read.

const std = @import("std");

pub const DelayMechanism = enum {
    /// Delay_Req to the master and back (IEEE 1588-2008 section 11.3).
    end_to_end,
    /// Pdelay_Req to the neighbour and back (section 11.4).
    peer_to_peer,
};

/// Intervals are logarithms to base 2 of seconds.
pub const Profile = struct {
    domain: u8,
    announce_log_interval: i8,
    /// In announce intervals, from 2 to 10.
    announce_receipt_timeout: u8 = 3,
    sync_log_interval: i8,
    /// The shortest time between Delay_Req; of the master's answers, and ours until we have one.
    delay_request_log_interval: i8,
    /// The same for Pdelay_Req.
    peer_delay_log_interval: i8,
    delay_mechanism: DelayMechanism = .end_to_end,

    pub const default: Profile = .{
        .domain = 0,
        .announce_log_interval = 1,
        .sync_log_interval = 0,
        .delay_request_log_interval = 0,
        .peer_delay_log_interval = 0,
    };

    /// The edition of 2015, and most devices.
    pub const st2059_2015: Profile = .{
        .domain = 127,
        .announce_log_interval = -2,
        .sync_log_interval = -3,
        .delay_request_log_interval = -3,
        .peer_delay_log_interval = 0,
    };

    /// The edition of 2021 announces once a second, as AES67 can.
    pub const st2059_2021: Profile = .{
        .domain = 127,
        .announce_log_interval = 0,
        .sync_log_interval = -3,
        .delay_request_log_interval = -3,
        .peer_delay_log_interval = 0,
    };

    pub const Mistake = enum { announce_log_interval, announce_receipt_timeout, sync_log_interval, delay_log_interval };

    /// What is outside of every profile that we know; null if nothing is.
    pub fn mistake(self: Profile) ?Mistake {
        if (self.announce_log_interval < -4 or self.announce_log_interval > 4) return .announce_log_interval;
        if (self.announce_receipt_timeout < 2 or self.announce_receipt_timeout > 10) return .announce_receipt_timeout;
        if (self.sync_log_interval < -7 or self.sync_log_interval > 4) return .sync_log_interval;
        for ([_]i8{ self.delay_request_log_interval, self.peer_delay_log_interval }) |log| {
            if (log < -7 or log > 6) return .delay_log_interval;
        }
        return null;
    }
};

test "the profiles are good, and what is outside is named" {
    const expectEqual = std.testing.expectEqual;
    for ([_]Profile{ .default, .st2059_2015, .st2059_2021 }) |one| {
        try expectEqual(@as(?Profile.Mistake, null), one.mistake());
    }
    var wrong = Profile.default;
    wrong.announce_log_interval = 5;
    try expectEqual(Profile.Mistake.announce_log_interval, wrong.mistake().?);
    wrong = .default;
    wrong.announce_receipt_timeout = 1;
    try expectEqual(Profile.Mistake.announce_receipt_timeout, wrong.mistake().?);
    wrong = .default;
    wrong.sync_log_interval = -8;
    try expectEqual(Profile.Mistake.sync_log_interval, wrong.mistake().?);
    wrong = .default;
    wrong.peer_delay_log_interval = 7;
    try expectEqual(Profile.Mistake.delay_log_interval, wrong.mistake().?);
}
