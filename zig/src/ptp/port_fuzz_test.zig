//! Messages made of random bytes, most of them likely, into a port of every role.

const std = @import("std");
const actions_module = @import("actions.zig");
const foreign_masters = @import("foreign_masters.zig");
const message = @import("message.zig");
const port_module = @import("port.zig");
const port_options = @import("port_options.zig");
const simulation = @import("simulation.zig");

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;

test "a port takes any bytes, times and tokens, in every role" {
    var random_state = std.Random.DefaultPrng.init(0x5054_5032);
    const random = random_state.random();
    for (0..4) |role| {
        var options: port_options.Options = simulation.masterOptions(5, .st2059_2015, 128);
        if (role < 2) options.grandmaster = null;
        if (role == 1) options.unicast = .{ .master_count = 2 };
        if (role == 3) options.profile.delay_mechanism = .peer_to_peer;
        var port: port_module.Port = .init(options);
        var actions: actions_module.Actions = .{};
        var now_ns: i64 = 0;
        var seen: [11]u64 = @splat(0);
        port.local_utc = .{ .local_ns = 0, .utc_ns = 1_790_000_000_000_000_000 };
        port.start(&actions, now_ns);
        for (0..60_000) |_| {
            actions.clear();
            now_ns += random.uintLessThan(u32, 20_000_000);
            var bytes: [128]u8 = undefined;
            random.bytes(&bytes);
            const kinds = [_]u8{ 0, 1, 2, 3, 8, 9, 10, 11, 11, 12, 13 };
            bytes[0] = kinds[random.uintLessThan(usize, kinds.len)];
            bytes[1] = 0x12;
            bytes[2] = 0;
            const length = random.intRangeAtMost(usize, if (random.boolean()) 64 else 40, 128);
            bytes[3] = @intCast(length - random.uintAtMost(usize, 2));
            bytes[4] = 127;
            bytes[5] = 0;
            bytes[7] = random.uintLessThan(u8, 64);
            @memset(bytes[20..27], 0);
            bytes[27] = random.uintAtMost(u8, 3); // few clocks, so that some are followed
            bytes[28..30].* = .{ 0, 1 };
            bytes[30..32].* = .{ 0, bytes[31] & 15 };
            @memset(bytes[34..38], 0); // a time that is one
            bytes[40] &= 0x3F;
            bytes[61] = 0;
            // TLVs that fit, mostly.
            const message_type = message.Type.of(@intCast(bytes[0])).?;
            if (random.uintLessThan(u8, 4) > 0) @memset(bytes[message_type.bytes()..], 0);
            if (random.boolean()) { // for us
                port.options.identity.write(bytes[if (bytes[0] >= 12) 34 else 44..][0..10]);
            }
            if (bytes[0] == 12 and length >= 64) bytes[44..48].* = .{ 0, 4 + (bytes[31] & 3), 0, 8 };
            if (bytes[0] == 12 and length >= 64) bytes[48] = ([_]u8{ 0xB0, 0x00, 0x90, bytes[48] })[bytes[31] >> 2];
            if (random.uintLessThan(u8, 4) == 0) port.tick(&actions, now_ns);
            const stamp_ns: ?i64 = switch (random.uintLessThan(u8, 8)) {
                0 => null,
                1 => std.math.maxInt(i64),
                2 => std.math.minInt(i64),
                else => now_ns,
            };
            port.receive(&actions, bytes[0..length], random.uintAtMost(u32, 3), stamp_ns, now_ns);
            const left_ns = if (random.boolean()) now_ns else random.int(i64);
            port.sent(&actions, random.uintAtMost(u32, port.sender.token), left_ns);
            if (random.uintLessThan(u8, 50) == 0) port.setLocked(&actions, random.boolean());
            for (actions.items()) |action| {
                seen[@backingInt(std.meta.activeTag(action))] += 1;
                if (action == .send) _ = try message.parse(action.send.bytes());
            }
            try expectEqual(@as(u64, 0), actions.overflow_count);
            try expect(port.masters.count <= foreign_masters.capacity);
        }
        for ([_]usize{ 0, 1, 2, 3 }) |kind| try expect(seen[kind] > 100);
        try expect(port.counters.received == 60_000);
    }
}
