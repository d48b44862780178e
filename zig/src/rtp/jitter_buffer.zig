//! Puts packets back in order, and holds them for a bounded time.
//!
//! A packet is due a fixed time after it came (1 to 10 ms), and never later than one that follows it in the stream.
//! What is missing when a later packet is due is lost. `Release.in_order` gives what is in its order at once and waits
//! only at gaps: the least delay, for payloads that say where they belong. `Release.when_due` holds every packet for
//! its whole time: an even stream, for payloads that are played.
//!
//! In an orderly stream `in_order` copies nothing: `insert` answers `pass`, and the packet is used where it lies.
//!
//! All memory is given at the start and holds `packet_count` packets. When they are not enough `insert` answers `full`:
//! the caller takes the oldest by `evict` and inserts again.

const std = @import("std");

pub const Release = enum { in_order, when_due };

pub const Options = struct {
    /// How long a packet may be held.
    latency_ns: u64,
    /// How many packets lie between the oldest awaited and the newest, at most. 1 to 65536.
    packet_count: u32,
    /// The longest packet that is taken.
    packet_bytes: u32,
    release: Release,
};

pub const latency_ns_min = 1 * std.time.ns_per_ms;
pub const latency_ns_max = 10 * std.time.ns_per_ms;
pub const packet_count_max = 1 << 16;

pub const Counters = struct {
    /// Given out, by `pass` too.
    released: u64 = 0,
    /// Came after a packet that follows them.
    reordered: u64 = 0,
    /// Had come before.
    duplicates: u64 = 0,
    /// Came after they had been given up. They stay counted as lost.
    late: u64 = 0,
    /// Given up: a later packet was due.
    lost: u64 = 0,
    /// Longer than `packet_bytes`.
    too_long: u64 = 0,
};

pub const Outcome = enum {
    /// It is the next in order: use it now, then call `take` for those that waited for it.
    pass,
    /// Copied; `take` gives it in its turn.
    held,
    /// Dropped and counted.
    duplicate,
    /// Dropped and counted.
    late,
    /// Dropped and counted.
    too_long,
    /// Not taken and not counted: call `evict` and insert again.
    full,
};

pub const Taken = struct {
    /// The extended sequence number.
    number: u64,
    /// Good until the next `insert`.
    bytes: []const u8,
    /// How many packets are missing before it.
    lost_before: u64,
};

const Slot = struct {
    due_ns: u64,
    bytes: u32,
};

pub const JitterBuffer = struct {
    options: Options,
    slots: []Slot,
    /// One bit per slot: a packet is held.
    held: []u64,
    /// One bit per number of the window before `next`, by number modulo packet_count: it was given out.
    given: []u64,
    store: []u8,
    /// The number awaited; null before the first packet.
    next: ?u64 = null,
    /// Nothing was given out yet: what is missing before the first packet was never sent to us.
    fresh: bool = true,
    /// One above the newest that is held; `next` if none is.
    end: u64 = 0,
    last_arrival_ns: u64 = 0,
    counters: Counters = .{},

    pub fn memoryBytes(options: Options) usize {
        const count: usize = options.packet_count;
        return count * @sizeOf(Slot) + 2 * words(count) * @sizeOf(u64) + count * options.packet_bytes;
    }

    fn words(count: usize) usize {
        return (count + 63) / 64;
    }

    /// `memory` is of `memoryBytes`, and the buffer's for as long as that lives.
    pub fn init(memory: []align(8) u8, options: Options) error{ OutOfRange, OutOfSpace }!JitterBuffer {
        const count: usize = options.packet_count;
        if (count < 1 or count > packet_count_max or options.packet_bytes < 1) return error.OutOfRange;
        if (options.latency_ns < latency_ns_min or options.latency_ns > latency_ns_max) return error.OutOfRange;
        if (memory.len < memoryBytes(options)) return error.OutOfSpace;
        var allocator_state: std.heap.FixedBufferAllocator = .init(memory);
        const allocator = allocator_state.allocator();
        const self: JitterBuffer = .{
            .options = options,
            .slots = allocator.alloc(Slot, count) catch unreachable,
            .held = allocator.alloc(u64, words(count)) catch unreachable,
            .given = allocator.alloc(u64, words(count)) catch unreachable,
            .store = allocator.alloc(u8, count * options.packet_bytes) catch unreachable,
        };
        @memset(self.held, 0);
        @memset(self.given, 0);
        return self;
    }

    /// Forgets all packets, for a stream that begins anew. Counters stay.
    pub fn reset(self: *JitterBuffer) void {
        self.next = null;
        self.fresh = true;
        self.end = 0;
        @memset(self.held, 0);
        @memset(self.given, 0);
    }

    /// `number` is extended to 64 bits and not 0. The bytes are copied if it is held.
    pub fn insert(self: *JitterBuffer, number: u64, bytes: []const u8, arrival_ns: u64) Outcome {
        const count = self.options.packet_count;
        if (bytes.len > self.options.packet_bytes) {
            self.counters.too_long += 1;
            return .too_long;
        }
        if (self.next == null) {
            // What was sent before the first packet may come after it.
            self.next = number - @min(number, count / 2);
            self.end = self.next.?;
        }
        const next = self.next.?;
        if (number < next) return self.refuseOld(number, next);
        if (self.options.release == .in_order and number == next and !self.fresh) {
            if (self.isHeld(number)) return self.refuseDuplicate();
            if (number < self.end) self.counters.reordered += 1;
            self.giveOut(number);
            return .pass;
        }
        if (number - next >= count) {
            // What is missing is given up as far as nobody waits for it: all of it if nothing is held, and what may
            // have been sent before the first packet.
            const start = number - (count - 1);
            const first = self.firstHeld(next);
            if (first == null or self.fresh) self.moveTo(@min(start, first orelse start));
            if (number - self.next.? >= count) return .full;
        }
        if (self.isHeld(number)) return self.refuseDuplicate();
        self.hold(number, bytes, arrival_ns);
        return .held;
    }

    fn refuseOld(self: *JitterBuffer, number: u64, next: u64) Outcome {
        if (next - number <= self.options.packet_count and bit(self.given, self.place(number)).isSet()) {
            return self.refuseDuplicate();
        }
        self.counters.late += 1;
        return .late;
    }

    fn refuseDuplicate(self: *JitterBuffer) Outcome {
        self.counters.duplicates += 1;
        return .duplicate;
    }

    fn hold(self: *JitterBuffer, number: u64, bytes: []const u8, arrival_ns: u64) void {
        self.last_arrival_ns = @max(self.last_arrival_ns, arrival_ns);
        var due_ns = self.last_arrival_ns + self.options.latency_ns;
        // Due times never fall along the stream, so the next one that is held has the smallest of all behind.
        if (self.firstHeld(number)) |later| {
            due_ns = @min(due_ns, self.slots[self.place(later)].due_ns);
            self.counters.reordered += 1;
        }
        const index = self.place(number);
        self.slots[index] = .{ .due_ns = due_ns, .bytes = @intCast(bytes.len) };
        @memcpy(self.store[index * self.options.packet_bytes ..][0..bytes.len], bytes);
        bit(self.held, index).set();
        self.end = @max(self.end, number + 1);
    }

    /// The next packet in order, if its time has come. Call until null.
    pub fn take(self: *JitterBuffer, now_ns: u64) ?Taken {
        const next = self.next orelse return null;
        const number = self.firstHeld(next) orelse return null;
        const in_turn = self.options.release == .in_order and number == next and !self.fresh;
        if (!in_turn and self.slots[self.place(number)].due_ns > now_ns) return null;
        return self.give(number);
    }

    /// The oldest packet whether its time has come or not; null if none is held.
    pub fn evict(self: *JitterBuffer) ?Taken {
        return self.give(self.firstHeld(self.next orelse return null) orelse return null);
    }

    /// When `take` will give a packet if nothing comes before; null if none is held.
    pub fn dueNs(self: *const JitterBuffer) ?u64 {
        const number = self.firstHeld(self.next orelse return null) orelse return null;
        return self.slots[self.place(number)].due_ns;
    }

    fn give(self: *JitterBuffer, number: u64) Taken {
        const lost_before = if (self.fresh) 0 else number - self.next.?;
        self.moveTo(number);
        const index = self.place(number);
        bit(self.held, index).clear();
        self.giveOut(number);
        return .{
            .number = number,
            .bytes = self.store[index * self.options.packet_bytes ..][0..self.slots[index].bytes],
            .lost_before = lost_before,
        };
    }

    fn giveOut(self: *JitterBuffer, number: u64) void {
        bit(self.given, self.place(number)).set();
        self.counters.released += 1;
        self.fresh = false;
        self.next = number + 1;
        self.end = @max(self.end, number + 1);
    }

    /// Gives up what is awaited before `number`.
    fn moveTo(self: *JitterBuffer, number: u64) void {
        const next = self.next.?;
        if (!self.fresh) self.counters.lost += number - next;
        if (number - next >= self.options.packet_count) {
            @memset(self.given, 0);
        } else {
            for (next..number) |one| bit(self.given, self.place(one)).clear();
        }
        self.next = number;
        self.end = @max(self.end, number);
    }

    fn isHeld(self: *const JitterBuffer, number: u64) bool {
        return bit(self.held, self.place(number)).isSet();
    }

    /// The first number from `from` on that is held.
    fn firstHeld(self: *const JitterBuffer, from: u64) ?u64 {
        var number = from;
        while (number < self.end) {
            const index = self.place(number);
            const left = self.held[index / 64] >> @truncate(index % 64);
            if (left & 1 != 0) return number;
            // To the next bit that is set, or to the end of the word or of the table.
            const step = if (left != 0) @ctz(left) else 64 - index % 64;
            number += @min(step, self.options.packet_count - index);
        }
        return null;
    }

    fn place(self: *const JitterBuffer, number: u64) usize {
        const count = self.options.packet_count;
        // No division where none is needed: this is done for every packet.
        return @intCast(if (std.math.isPowerOfTwo(count)) number & (count - 1) else number % count);
    }
};

const Bit = struct {
    word: *u64,
    mask: u64,

    fn set(self: Bit) void {
        self.word.* |= self.mask;
    }

    fn clear(self: Bit) void {
        self.word.* &= ~self.mask;
    }

    fn isSet(self: Bit) bool {
        return self.word.* & self.mask != 0;
    }
};

fn bit(words: []u64, index: usize) Bit {
    return .{ .word = &words[index / 64], .mask = @as(u64, 1) << @truncate(index % 64) };
}

const expect = std.testing.expect;
const expectEqual = std.testing.expectEqual;
const ms = std.time.ns_per_ms;

const test_options: Options = .{ .latency_ns = 2 * ms, .packet_count = 8, .packet_bytes = 8, .release = .in_order };

fn expectTaken(number: u64, lost_before: u64, taken: ?Taken) !void {
    try expectEqual(number, taken.?.number);
    try expectEqual(lost_before, taken.?.lost_before);
    try expectEqual(number, std.mem.readInt(u64, taken.?.bytes[0..8], .little));
}

fn insertNumber(buffer: *JitterBuffer, number: u64, arrival_ns: u64) Outcome {
    return buffer.insert(number, std.mem.asBytes(&std.mem.nativeToLittle(u64, number)), arrival_ns);
}

test "in_order holds the first packet for what came before it, then passes" {
    var memory: [JitterBuffer.memoryBytes(test_options)]u8 align(8) = undefined;
    var buffer: JitterBuffer = try .init(&memory, test_options);
    try expectEqual(.held, insertNumber(&buffer, 100, 0));
    try expectEqual(.held, insertNumber(&buffer, 99, 1));
    try expect(buffer.take(2 * ms - 1) == null);
    try expectEqual(@as(?u64, 2 * ms), buffer.dueNs());
    try expectTaken(99, 0, buffer.take(2 * ms));
    try expectTaken(100, 0, buffer.take(2 * ms));
    try expect(buffer.take(9 * ms) == null);
    try expectEqual(.pass, insertNumber(&buffer, 101, 3 * ms));
    try expectEqual(.pass, insertNumber(&buffer, 102, 3 * ms));
    try expectEqual(.duplicate, insertNumber(&buffer, 101, 3 * ms));
    try expectEqual(Counters{ .released = 4, .reordered = 1, .duplicates = 1 }, buffer.counters);
}

test "in_order waits at a gap until the packet after it is due" {
    var memory: [JitterBuffer.memoryBytes(test_options)]u8 align(8) = undefined;
    var buffer: JitterBuffer = try .init(&memory, test_options);
    _ = insertNumber(&buffer, 100, 0);
    try expectTaken(100, 0, buffer.take(2 * ms));
    try expectEqual(.held, insertNumber(&buffer, 103, 10 * ms));
    try expectEqual(.held, insertNumber(&buffer, 102, 11 * ms));
    try expectEqual(.duplicate, insertNumber(&buffer, 103, 11 * ms));
    try expect(buffer.take(11 * ms) == null);
    // 102 came later but is due no later than 103, which follows it.
    try expectTaken(102, 1, buffer.take(12 * ms));
    try expectTaken(103, 0, buffer.take(12 * ms));
    try expectEqual(.late, insertNumber(&buffer, 101, 12 * ms));
    try expectEqual(.duplicate, insertNumber(&buffer, 102, 12 * ms));
    // What fills the gap in time frees the others.
    try expectEqual(.held, insertNumber(&buffer, 105, 13 * ms));
    try expectEqual(.pass, insertNumber(&buffer, 104, 14 * ms));
    try expectTaken(105, 0, buffer.take(14 * ms));
    const counted: Counters = .{ .released = 5, .reordered = 2, .duplicates = 2, .late = 1, .lost = 1 };
    try expectEqual(counted, buffer.counters);
}

test "when_due holds every packet for its time" {
    var memory: [JitterBuffer.memoryBytes(test_options)]u8 align(8) = undefined;
    var options = test_options;
    options.release = .when_due;
    var buffer: JitterBuffer = try .init(&memory, options);
    for (0..6) |i| try expectEqual(.held, insertNumber(&buffer, 100 + i, i * ms));
    for (0..6) |i| {
        try expect(buffer.take((i + 2) * ms - 1) == null);
        try expectTaken(100 + i, 0, buffer.take((i + 2) * ms));
    }
    try expect(buffer.take(100 * ms) == null);
}

test "full is answered, and evict() makes room" {
    var memory: [JitterBuffer.memoryBytes(test_options)]u8 align(8) = undefined;
    var buffer: JitterBuffer = try .init(&memory, test_options);
    _ = insertNumber(&buffer, 100, 0);
    _ = buffer.take(2 * ms);
    try expectEqual(.held, insertNumber(&buffer, 102, 3 * ms));
    try expectEqual(.held, insertNumber(&buffer, 108, 3 * ms));
    try expectEqual(.full, insertNumber(&buffer, 109, 3 * ms));
    try expectTaken(102, 1, buffer.evict());
    try expectEqual(.held, insertNumber(&buffer, 109, 3 * ms));
    try expectTaken(108, 5, buffer.evict());
    try expectTaken(109, 0, buffer.evict());
    try expect(buffer.evict() == null);
    // With nothing held, an outage longer than the window is counted at once.
    try expectEqual(.held, insertNumber(&buffer, 1110, 3 * ms));
    try expectTaken(1110, 7, buffer.take(5 * ms));
    try expectEqual(@as(u64, 1 + 5 + 1000), buffer.counters.lost);
    try expectEqual(.too_long, buffer.insert(1111, &@as([9]u8, @splat(0)), 6 * ms));
}

test "what was given up is late, even where another was given before it in the window" {
    var memory: [JitterBuffer.memoryBytes(test_options)]u8 align(8) = undefined;
    var buffer: JitterBuffer = try .init(&memory, test_options);
    _ = insertNumber(&buffer, 100, 0);
    _ = buffer.take(2 * ms);
    for (101..110) |number| try expectEqual(.pass, insertNumber(&buffer, number, 3 * ms));
    try expectEqual(.held, insertNumber(&buffer, 112, 3 * ms));
    try expectTaken(112, 2, buffer.take(5 * ms));
    try expectEqual(.late, insertNumber(&buffer, 110, 5 * ms));
    try expectEqual(.late, insertNumber(&buffer, 111, 5 * ms));
    try expectEqual(.duplicate, insertNumber(&buffer, 109, 5 * ms));
    try expectEqual(.late, insertNumber(&buffer, 104, 5 * ms)); // older than the window: nobody knows
}

test "init() refuses what it cannot do" {
    var memory: [JitterBuffer.memoryBytes(test_options)]u8 align(8) = undefined;
    var options = test_options;
    options.packet_count = 0;
    try std.testing.expectError(error.OutOfRange, JitterBuffer.init(&memory, options));
    options = test_options;
    options.latency_ns = latency_ns_max + 1;
    try std.testing.expectError(error.OutOfRange, JitterBuffer.init(&memory, options));
    try std.testing.expectError(error.OutOfSpace, JitterBuffer.init(memory[0 .. memory.len - 1], test_options));
}

test "a lossy, doubling, reordering network: everything in order, once, and counted" {
    for ([_]Release{ .in_order, .when_due }) |release| {
        for (0..20) |seed| try runNetwork(release, seed);
    }
}

fn runNetwork(release: Release, seed: u64) !void {
    errdefer std.debug.print("release {t}, seed {d}\n", .{ release, seed });
    const options: Options = .{ .latency_ns = 2 * ms, .packet_count = 320, .packet_bytes = 8, .release = release };
    var memory: [320 * 32]u8 align(8) = undefined;
    var buffer: JitterBuffer = try .init(&memory, options);
    var random_state = std.Random.DefaultPrng.init(seed);
    const random = random_state.random();
    const count = 5000;
    const interval_ns = 10_000;
    // Each packet, twice for some; arrival as it would be without delay, and a delay of up to 100 packets.
    const Arrival = struct { at_ns: u64, number: u64 };
    var arrivals: [count * 2]Arrival = undefined;
    var used: usize = 0;
    for (0..count) |i| {
        if (random.uintLessThan(u32, 100) < 10) continue;
        const copies: usize = if (random.uintLessThan(u32, 100) < 5) 2 else 1;
        for (0..copies) |_| {
            const delay_ns = random.uintAtMost(u64, 100) * interval_ns;
            arrivals[used] = .{ .at_ns = i * interval_ns + delay_ns, .number = 0x10000 + i };
            used += 1;
        }
    }
    std.mem.sort(Arrival, arrivals[0..used], {}, struct {
        fn less(_: void, a: Arrival, b: Arrival) bool {
            return a.at_ns < b.at_ns;
        }
    }.less);
    var last: u64 = 0;
    var given: u64 = 0;
    for (arrivals[0..used]) |arrival| {
        while (buffer.take(arrival.at_ns)) |taken| try follow(&last, &given, taken.number);
        const outcome = insertNumber(&buffer, arrival.number, arrival.at_ns);
        if (outcome == .pass) try follow(&last, &given, arrival.number);
        try expect(outcome != .full);
    }
    while (buffer.take(std.math.maxInt(u64))) |taken| try follow(&last, &given, taken.number);
    const counters = buffer.counters;
    try expectEqual(given, counters.released);
    try expectEqual(@as(u64, used), counters.released + counters.duplicates + counters.late);
    try expect(counters.reordered > 100 and counters.duplicates > 100);
    // 2 ms is more than the longest delay: only what the network lost is missing, and nothing was late.
    try expectEqual(@as(u64, 0), counters.late);
    try expect(counters.lost > 400 and counters.lost < 600);
}

fn follow(last: *u64, given: *u64, number: u64) !void {
    try expect(number > last.*);
    last.* = number;
    given.* += 1;
}
