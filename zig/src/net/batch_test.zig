const std = @import("std");
const linux = std.os.linux;
const kit = @import("test_kit.zig");
const system = @import("system.zig");
const time = @import("../time.zig");
const Endpoint = @import("endpoint.zig").Endpoint;
const Outcome = @import("batch_send.zig").Outcome;
const Receiver = @import("batch_receive.zig").Receiver;
const Sender = @import("batch_send.zig").Sender;
const Socket = @import("udp.zig").Socket;

const allocator = std.testing.allocator;
const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const expectEqualSlices = std.testing.expectEqualSlices;

const receive_buffer_bytes = 4 << 20;

/// A sender and a receiver in batches.
const Line = struct {
    pair: kit.Pair,
    memory: []align(64) u8,
    sender: *Sender,
    receiver: *Receiver,

    const Options = struct {
        local: Endpoint = kit.loopback4,
        mode: Sender.Mode = .gso,
        gro: bool = false,
        receive_buffer_bytes: u32 = receive_buffer_bytes,
        tx_time: bool = false,
    };

    fn open(options: Options) !Line {
        const pair = try kit.Pair.open(.{
            .local = options.local,
            .receive_buffer_bytes = options.receive_buffer_bytes,
        }, .{ .from = options.local, .tx_time = options.tx_time });
        errdefer pair.close();
        const memory = try allocator.alignedAlloc(u8, .@"64", Receiver.memoryBytes());
        errdefer allocator.free(memory);
        const sender = try allocator.create(Sender);
        errdefer allocator.destroy(sender);
        sender.* = .init(pair.sender, options.mode);
        const receiver = try allocator.create(Receiver);
        errdefer allocator.destroy(receiver);
        receiver.* = try .init(memory, pair.receiver, options.gro);
        return .{ .pair = pair, .memory = memory, .sender = sender, .receiver = receiver };
    }

    fn close(self: Line) void {
        self.receiver.deinit();
        allocator.destroy(self.receiver);
        allocator.destroy(self.sender);
        allocator.free(self.memory);
        self.pair.close();
    }
};

/// Bytes of datagrams: byte j of datagram i is i + j.
const Source = struct {
    bytes: [70_000]u8,

    fn make() Source {
        var self: Source = undefined;
        for (&self.bytes, 0..) |*byte, i| byte.* = @truncate(i);
        return self;
    }

    fn datagram(self: *const Source, i: usize, length: usize) []const u8 {
        return self.bytes[i % 256 ..][0..length];
    }
};

const source: Source = blk: {
    @setEvalBranchQuota(200_000);
    break :blk .make();
};

/// Adds a datagram in up to three pieces, one of them empty.
fn add(sender: *Sender, i: usize, length: usize) bool {
    return addAt(sender, i, length, 0);
}

fn addAt(sender: *Sender, i: usize, length: usize, launch_ns: u64) bool {
    const bytes = source.datagram(i, length);
    const header = @min(length, 12);
    const pieces = [_]std.posix.iovec_const{
        .{ .base = bytes.ptr, .len = header },
        .{ .base = bytes.ptr, .len = 0 },
        .{ .base = bytes.ptr + header, .len = length - header },
    };
    return sender.addAt(pieces[0 .. 1 + 2 * (i % 2)], launch_ns);
}

/// What `add` makes of a length: one piece alone is at most a header long.
fn lengthOf(i: usize, length: usize) usize {
    return if (i % 2 == 0) @min(length, 12) else length;
}

fn expectDatagrams(line: Line, lengths: []const usize) !void {
    var i: usize = 0;
    while (i < lengths.len) {
        const before_ns = line.receiver.arrival_ns;
        const count = try line.receiver.receive(kit.patience_ns);
        if (count == 0) return error.NothingCame;
        var seen: u32 = 0;
        while (line.receiver.next()) |datagram| : (i += 1) {
            seen += 1;
            if (i == lengths.len) return error.TooMany;
            const length = lengthOf(i, lengths[i]);
            try expectEqualSlices(u8, source.datagram(i, length), datagram.bytes);
            try expect(!datagram.is_truncated);
            try expect(datagram.from.eql(try line.pair.sender.localEndpoint()));
            try expect(datagram.arrival_ns >= before_ns and datagram.arrival_ns <= time.monotonicNs());
        }
        try expectEqual(count, seen);
    }
    try expectEqual(@as(u32, 0), try line.receiver.receive(0));
    try expectEqual(@as(u64, 0), line.receiver.dropped_count);
}

fn sendAll(line: Line, lengths: []const usize) !Outcome {
    for (lengths, 0..) |length, i| try expect(add(line.sender, i, length));
    try expectEqual(@as(u32, @intCast(lengths.len)), line.sender.queued());
    const outcome = try line.sender.flush();
    try expectEqual(@as(u32, 0), line.sender.queued());
    return outcome;
}

test "runs and single datagrams are the same to who receives them, in runs or not" {
    // Runs that a shorter one ends, a longer one, an empty one and the end.
    const lengths = [_]usize{ 12, 12, 12, 7, 12, 9, 8, 8, 8, 100, 3, 0, 0, 1, 1, 2, 1 } ++
        @as([150]usize, @splat(12)) ++ .{ 5, 12, 1000 };
    for ([_]Endpoint{ kit.loopback4, kit.loopback6 }) |local| {
        if (!try kit.hasFamily(local)) continue;
        for ([_]Sender.Mode{ .gso, .single }) |mode| {
            for ([_]bool{ false, true }) |gro| {
                const line = try Line.open(.{ .local = local, .mode = mode, .gro = gro });
                defer line.close();
                const outcome = try sendAll(line, &lengths);
                try expectEqual(@as(u32, lengths.len), outcome.sent);
                try expectEqual(@as(u32, 0), outcome.refused);
                try expectEqual(@as(u32, 1), outcome.calls);
                try expectEqual(@as(?system.Error, null), outcome.last_error);
                try expectDatagrams(line, &lengths);
            }
        }
    }
}

test "a run has as many datagrams as a message can carry" {
    const line = try Line.open(.{});
    defer line.close();
    if (line.sender.mode == .single) return error.SkipZigTest; // No UDP_SEGMENT here.
    const bytes: [1428]u8 = @splat(0);
    const packet = [_]std.posix.iovec_const{.{ .base = &bytes, .len = bytes.len }};
    for (0..100) |_| try expect(line.sender.add(&packet));
    // 45 * 1428 = 64 260 of at most 65 000 octets.
    try expectEqual(@as(u32, 3), line.sender.run_count);
    try expectEqual(@as(u32, 45), line.sender.runs[0].packet_count);
    try expectEqual(@as(u32, 10), line.sender.runs[2].packet_count);
    try expectEqual(@as(u32, 100), (try line.sender.flush()).sent);

    const small = [_]std.posix.iovec_const{.{ .base = &bytes, .len = 20 }};
    for (0..130) |_| try expect(line.sender.add(&small));
    try expectEqual(@as(u32, 3), line.sender.run_count);
    try expectEqual(@as(u32, 64), line.sender.runs[0].packet_count);
    try expectEqual(@as(u32, 130), (try line.sender.flush()).sent);

    // 64 datagrams of 16 pieces are as many pieces as the kernel takes.
    const crumb: std.posix.iovec_const = .{ .base = &bytes, .len = 1 };
    const crumbs: [Sender.pieces_max]std.posix.iovec_const = @splat(crumb);
    for (0..65) |_| try expect(line.sender.add(&crumbs));
    try expectEqual(@as(u32, 2), line.sender.run_count);
    try expectEqual(@as(u32, 65), (try line.sender.flush()).sent);
}

test "a batch that is full says so and takes the datagram after a flush" {
    for ([_]Sender.Mode{ .gso, .single }) |mode| {
        const line = try Line.open(.{ .mode = mode });
        defer line.close();
        const crumb: std.posix.iovec_const = .{ .base = &source.bytes, .len = 1 };
        const one = [_]std.posix.iovec_const{crumb};
        for (0..Sender.batch_packets_max) |_| try expect(line.sender.add(&one));
        try expect(!line.sender.add(&one));
        try expectEqual(@as(u32, Sender.batch_packets_max), line.sender.queued());
        try expectEqual(@as(u32, Sender.batch_packets_max), (try line.sender.flush()).sent);

        const many: [Sender.pieces_max]std.posix.iovec_const = @splat(crumb);
        for (0..Sender.batch_pieces_max / Sender.pieces_max) |_| try expect(line.sender.add(&many));
        try expect(!line.sender.add(&one));
        try expectEqual(@as(u32, Sender.batch_pieces_max / Sender.pieces_max), (try line.sender.flush()).sent);
        try expect(line.sender.add(&one));
        try expectEqual(@as(u32, 1), (try line.sender.flush()).sent);
        try expectEqual(@as(u32, 0), (try line.sender.flush()).calls);
    }
}

test "where the path takes no runs, the rest of the batch goes out one by one" {
    const line = try Line.open(.{});
    defer line.close();
    if (line.sender.mode == .single) return error.SkipZigTest; // No UDP_SEGMENT here.
    // The kernel cuts no runs of datagrams without checksum.
    try system.setNumber(line.pair.sender.fd, linux.SOL.SOCKET, linux.SO.NO_CHECK, 1);
    const lengths = [_]usize{ 9, 12, 12, 12, 12, 7, 0, 12, 12, 12, 3 } ++ @as([200]usize, @splat(11));
    const outcome = try sendAll(line, &lengths);
    try expectEqual(@as(u32, lengths.len), outcome.sent);
    try expectEqual(@as(u32, 0), outcome.refused);
    try expectEqual(Sender.Mode.single, line.sender.mode);
    try expectDatagrams(line, &lengths);
}

test "a datagram that is too long is refused and the others are sent" {
    for ([_]Sender.Mode{ .gso, .single }) |mode| {
        const line = try Line.open(.{ .mode = mode, .gro = true });
        defer line.close();
        for ([_]usize{ 1000, 65_508, 1000, 65_507 }) |length| {
            const bytes = source.datagram(0, length);
            try expect(line.sender.add(&.{.{ .base = bytes.ptr, .len = bytes.len }}));
        }
        const outcome = try line.sender.flush();
        try expectEqual(@as(u32, 3), outcome.sent);
        try expectEqual(@as(u32, 1), outcome.refused);
        try expectEqual(@as(?system.Error, error.MessageTooLong), outcome.last_error);
        var seen: u32 = 0;
        while (seen < 3) {
            if (try line.receiver.receive(kit.patience_ns) == 0) return error.NothingCame;
            while (line.receiver.next()) |datagram| : (seen += 1) {
                try expectEqual(@as(usize, if (seen < 2) 1000 else 65_507), datagram.bytes.len);
            }
        }
    }
}

fn expectRunsTooLong() !void {
    try kit.setLoopbackMtu(1500);
    const line = try Line.open(.{});
    defer line.close();
    const bytes: [1473]u8 = @splat(0);
    for (0..20) |i| try expect(line.sender.add(&.{.{ .base = &bytes, .len = bytes.len - i / 10 }}));
    const outcome = try line.sender.flush();
    try expectEqual(@as(u32, 10), outcome.sent);
    try expectEqual(@as(u32, 10), outcome.refused);
    try expectEqual(@as(?system.Error, error.MessageTooLong), outcome.last_error);
}

test "runs of datagrams that the path does not take are refused" {
    try kit.inNetworkOfItsOwn(expectRunsTooLong);
}

test "answers of a port where nobody listens are told, and everything is sent all the same" {
    const line = try Line.open(.{});
    defer line.close();
    const to = try line.pair.receiver.localEndpoint();
    const deaf = try Socket.openReceive(.{ .local = kit.loopback4 });
    const nobody = try deaf.localEndpoint();
    deaf.close();
    const socket = try Socket.openSend(.{ .to = nobody });
    defer socket.close();
    line.sender.* = .init(socket, .gso);
    var answers: u32 = 0;
    for (0..4) |_| {
        for (0..3) |i| try expect(add(line.sender, 1, 30 + 10 * i));
        const outcome = try line.sender.flush();
        try expectEqual(@as(u32, 3), outcome.sent);
        try expectEqual(@as(u32, 0), outcome.refused);
        if (outcome.answers > 0) try expectEqual(@as(?system.Error, error.Refused), outcome.last_error);
        answers += outcome.answers;
    }
    try expect(answers > 0);
    try expect(to.port != nobody.port);
}

test "a datagram longer than its room is cut and says so; with GRO there is always room" {
    for ([_]bool{ false, true }) |gro| {
        const line = try Line.open(.{ .gro = gro });
        defer line.close();
        if (gro and !line.receiver.gro) return error.SkipZigTest; // No UDP_GRO here.
        for ([_]usize{ Receiver.datagram_bytes, Receiver.datagram_bytes + 1 }) |length| {
            try expect(line.sender.add(&.{.{ .base = &source.bytes, .len = length }}));
            try expectEqual(@as(u32, 1), (try line.sender.flush()).sent);
            try expectEqual(@as(u32, 1), try line.receiver.receive(kit.patience_ns));
            const datagram = line.receiver.next().?;
            const is_cut = !gro and length > Receiver.datagram_bytes;
            try expectEqual(is_cut, datagram.is_truncated);
            const kept = if (is_cut) Receiver.datagram_bytes else length;
            try expectEqualSlices(u8, source.bytes[0..kept], datagram.bytes);
        }
    }
}

test "what the kernel drops because the buffer is full is counted" {
    const line = try Line.open(.{ .receive_buffer_bytes = 20_000 });
    defer line.close();
    const packet_count = 400;
    const packet = [_]std.posix.iovec_const{.{ .base = &source.bytes, .len = 1428 }};
    for (0..packet_count) |_| try expect(line.sender.add(&packet));
    try expectEqual(@as(u32, packet_count), (try line.sender.flush()).sent);
    var seen: u32 = 0;
    while (true) {
        const count = try line.receiver.receive(0);
        if (count == 0) break;
        seen += count;
    }
    try expect(seen > 0 and seen < packet_count);
    // All that is left came before the first drop; the next datagram tells of them.
    try expectEqual(@as(u64, 0), line.receiver.dropped_count);
    try expect(line.sender.add(&packet));
    _ = try line.sender.flush();
    try expectEqual(@as(u32, 1), try line.receiver.receive(kit.patience_ns));
    try expectEqual(@as(u64, packet_count - seen), line.receiver.dropped_count);

    for (0..packet_count) |_| try expect(line.sender.add(&packet));
    _ = try line.sender.flush();
    // Asked for without a datagram; what still waits in the buffer tells of fewer, and does not take any back.
    try line.receiver.countDrops();
    const dropped = line.receiver.dropped_count;
    try expect(dropped > packet_count - seen);
    while (true) {
        const count = try line.receiver.receive(0);
        if (count == 0) break;
        seen += count;
    }
    try expectEqual(dropped, line.receiver.dropped_count);
    try expectEqual(@as(u64, 2 * packet_count - seen), dropped);
}

test "a datagram arrives when the kernel gets it and not when it is read" {
    const line = try Line.open(.{ .gro = true });
    defer line.close();
    const other = try Line.open(.{});
    defer other.close();
    const wait_ns = 5 * std.time.ns_per_ms;
    try expect(add(line.sender, 0, 5));
    _ = try line.sender.flush();
    try expectEqual(@as(u32, 0), try other.receiver.receive(wait_ns));
    try expectEqual(@as(u32, 1), try line.receiver.receive(kit.patience_ns));
    const arrival_ns = line.receiver.next().?.arrival_ns;
    // What the two clocks can differ by while the system's is being adjusted (500 in a million), and more.
    try expect(time.monotonicNs() - arrival_ns >= wait_ns - 100 * std.time.ns_per_us);
}

test "a run that is dropped counts as one" {
    const line = try Line.open(.{ .receive_buffer_bytes = 200_000, .gro = true });
    defer line.close();
    const packet = [_]std.posix.iovec_const{.{ .base = &source.bytes, .len = 1428 }};
    for (0..450) |_| try expect(line.sender.add(&packet));
    _ = try line.sender.flush();
    var seen: u32 = 0;
    while (true) {
        const count = try line.receiver.receive(0);
        if (count == 0) break;
        seen += count;
    }
    try line.receiver.countDrops();
    try expect(seen < 450);
    const dropped = line.receiver.dropped_count;
    const is_run = line.receiver.gro and line.sender.mode == .gso;
    try expect(if (is_run) dropped > 0 and dropped < 450 - seen else dropped == 450 - seen);
}

test "the kernel's count of drops may go over 2^32" {
    var receiver: Receiver = undefined;
    receiver.dropped_count = 0;
    receiver.drops_seen = std.math.maxInt(u32) - 1;
    receiver.noteDrops(3);
    try expectEqual(@as(u64, 5), receiver.dropped_count);
    receiver.noteDrops(std.math.maxInt(u32));
    try expectEqual(@as(u64, 5), receiver.dropped_count);
}

test "receive() waits as long as it was told" {
    const line = try Line.open(.{});
    defer line.close();
    const start_ns = time.monotonicNs();
    try expectEqual(@as(u32, 0), try line.receiver.receive(3 * std.time.ns_per_ms));
    try expect(time.monotonicNs() - start_ns >= 3 * std.time.ns_per_ms);
    try expectEqual(@as(u32, 0), try line.receiver.receive(0));
    try expectEqual(null, line.receiver.next());
}

fn wakeLater(receiver: *Receiver, calls: *std.atomic.Value(u32)) void {
    while (calls.load(.acquire) == 0) _ = linux.syscall0(.sched_yield);
    receiver.wake();
}

test "wake() ends a wait, from another thread or before it began, once" {
    const line = try Line.open(.{});
    defer line.close();
    line.receiver.wake();
    line.receiver.wake();
    // A wake that is missed would hang the test.
    const long_ns = std.time.ns_per_hour;
    try expectEqual(@as(u32, 0), try line.receiver.receive(long_ns));
    var calls: std.atomic.Value(u32) = .init(0);
    const thread = try std.Thread.spawn(.{}, wakeLater, .{ line.receiver, &calls });
    // The wakes of before are used up: only that of the thread can end this.
    calls.store(1, .release);
    try expectEqual(@as(u32, 0), try line.receiver.receive(long_ns));
    thread.join();
    // A wake takes no datagram away.
    line.receiver.wake();
    try expect(add(line.sender, 0, 5));
    _ = try line.sender.flush();
    var count = try line.receiver.receive(long_ns);
    if (count == 0) count = try line.receiver.receive(kit.patience_ns);
    try expectEqual(@as(u32, 1), count);
}

test "datagrams with a time to leave go in runs of one time" {
    const line = Line.open(.{ .tx_time = true }) catch |err| switch (err) {
        error.Unsupported => return error.SkipZigTest,
        else => return err,
    };
    defer line.close();
    const lengths: [8]usize = @splat(12);
    const now_ns = time.monotonicNs();
    for (lengths, 0..) |length, i| try expect(addAt(line.sender, i, length, now_ns + i / 4));
    if (line.sender.mode == .gso) try expectEqual(@as(u32, 2), line.sender.run_count);
    try expectEqual(@as(u32, 8), (try line.sender.flush()).sent);
    try expectDatagrams(line, &lengths);
}

test "a receiver wants its memory, and a sender of single datagrams makes no runs" {
    const line = try Line.open(.{ .mode = .single });
    defer line.close();
    try expectEqual(Sender.Mode.single, line.sender.mode);
    const little = line.memory[0 .. line.memory.len - 64];
    try std.testing.expectError(error.InvalidArgument, Receiver.init(little, line.pair.receiver, true));
    const gone: Socket = .{ .fd = -1 };
    try std.testing.expectError(error.Unexpected, Receiver.init(line.memory, gone, true));
    line.sender.* = .init(gone, .gso);
    try expectEqual(Sender.Mode.single, line.sender.mode);
    try expect(add(line.sender, 0, 5));
    try std.testing.expectError(error.Unexpected, line.sender.flush());
    try expectEqual(@as(u32, 0), line.sender.queued());
}
