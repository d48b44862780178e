//! The ring: one writer, many readers, no copies, nobody ever waits for anybody.
//!
//! Problem. A writer fills frames of megabytes in a few slots of shared memory; readers in other threads and processes
//! use them in place for as long as they like. No reader may ever see a frame change under it, the writer may never be
//! held up by a reader, and nothing may be held in a lock by somebody who has crashed.
//!
//! What fails. A counter per slot that readers raise and lower is wrong forever after one reader dies. A sequence lock
//! tells a reader of a torn frame only afterwards, when the pixels went to the screen. A check followed by a write
//! leaves a gap between the two.
//!
//! What we do: hazard pointers with a trial. Every reader has its own mask of pinned slots that nobody else writes.
//!
//!     reader: pin the slot           (A)      writer: state = probing   (C)
//!             is it still committed? (B)              is it pinned?     (D)  no: state = writing
//!                                                                            yes: state = committed, try another
//!
//! A, B, C and D are sequentially consistent: in their one order either A comes before D and the writer sees the pin,
//! or C comes before B and the reader sees the trial, undoes its pin and looks again. Never do both go on. The state
//! `probing` exists because the content of the slot is still whole while the writer looks: a trial that fails has cost
//! no reader its frame.
//!
//! The head slot (the newest commit) is never a candidate of the writer, so `pinLatest` always finds something. Among
//! the others the writer takes an empty slot, else the oldest unpinned: who reads in order loses the oldest first.
//!
//! A reader that dies keeps its slots pinned until its place is cleared by `reap`; the writer works with the rest.

const std = @import("std");
const bell_module = @import("bell.zig");
const layout = @import("ring_layout.zig");
const futex = @import("futex.zig");
const shm = @import("shm.zig");
const time = @import("time.zig");
const Error = @import("result.zig").Error;
const system = @import("platform.zig").system;

const SlotState = layout.SlotState;

/// No wait in native code is longer, so that a worker thread can be stopped.
pub const wait_ms_max = 100;

/// Why a ring ended; the numbers are those of the control block.
pub const EndReason = enum(u32) { finished = 1, stopped = 2, failed = 3, _ };

/// `ignored` is the mutant: a writer that does not look at pins. The checkers of the tests must catch it.
pub const PinRule = enum { honoured, ignored };

/// Other processes can write anything into shared memory: a search that goes on for so long is not a race.
const attempts_max = 1 << 20;

/// How long an ordered reader waits for a trial of the writer to end before it says "empty" for this time.
const probe_spins_max = 200;
const probe_yields_max = 50;

const slots_per_word = 32;

const bell_max = 64;

/// What the control block says of the geometry.
const geometry_fields = .{
    "slot_count",         "reader_max",      "payload_bytes",  "metadata_bytes",
    "slot_header_offset", "metadata_offset", "payload_offset", "payload_stride",
};

var next_token: std.atomic.Value(u32) = .init(0);

/// A number > 0 and < 2^bits that differs from the last ones given out in this process, and most likely in others.
fn newToken(bits: u5) u32 {
    const mask = (@as(u32, 1) << bits) - 1;
    while (true) {
        const count = next_token.fetchAdd(1, .monotonic);
        const token = (count +% system.processId() *% 0x9e37_79b1) & mask;
        if (token != 0) return token;
    }
}

pub fn Ring(comptime pin_rule: PinRule) type {
    return struct {
        const Self = @This();

        segment: shm.Segment,
        geometry: layout.Geometry,
        /// Slot + 1 that is on loan, 0 for none. Written by the writer's thread alone.
        loaned: u32 = 0,
        /// Rung after the doorbell; 0 is no bell. The ring holds each. Changed by one thread alone: the one that opened
        /// the writer, also while a native thread writes in its place. Read at any time by all that ring the doorbell:
        /// a bell is held before it stands here, and the handle of one that was taken away meanwhile is good for
        /// nothing, so nobody rings a bell that is gone, or another's. Sequentially consistent: who commits looks for
        /// bells after that, and who adds a bell has its reader look for commits after that, so one sees the other.
        bells: [bell_max]layout.U32 = @splat(.init(0)),
        /// Above these the list was never used.
        bell_count: layout.U32 = .init(0),

        pub fn create(config: layout.Config, format: []const u8) Error!Self {
            const geometry = try layout.Geometry.of(config);
            if (format.len > layout.format_bytes_max) return error.OutOfRange;
            const segment = try shm.Segment.create(geometry.memory_bytes);
            errdefer segment.destroy();
            const self: Self = .{ .segment = segment, .geometry = geometry };
            const block = self.control();
            block.magic = layout.magic;
            block.version = layout.version;
            inline for (geometry_fields) |name| @field(block, name) = @field(geometry, name);
            block.generation = config.generation;
            block.key = try shm.newKey();
            block.format_bytes = @intCast(format.len);
            @memcpy(segment.memory[layout.format_offset..][0..format.len], format);
            return self;
        }

        /// A ring of another process. Everything in it is checked here, and what was checked is kept: that process can
        /// write anything there later.
        pub fn open(from: shm.Address) Error!Self {
            const segment = try shm.Segment.open(from, layout.page_bytes);
            errdefer segment.destroy();
            const block: *const layout.Control = @ptrCast(segment.memory.ptr);
            if (block.magic != layout.magic) return error.NotShared;
            if (block.version != layout.version) return error.WrongVersion;
            if (!std.mem.eql(u8, &block.key, &from.key)) return error.Gone;
            const geometry = layout.Geometry.of(.{
                .slot_count = block.slot_count,
                .reader_max = block.reader_max,
                .payload_bytes = block.payload_bytes,
                .metadata_bytes = block.metadata_bytes,
                .generation = block.generation,
            }) catch return error.Corrupt;
            inline for (geometry_fields) |name| {
                if (@field(block, name) != @field(geometry, name)) return error.Corrupt;
            }
            if (geometry.memory_bytes != segment.memory.len) return error.Corrupt;
            if (block.format_bytes > layout.format_bytes_max) return error.Corrupt;
            return .{ .segment = segment, .geometry = geometry };
        }

        /// Where other processes find the ring, as long as this process keeps it.
        pub fn address(self: Self) Error!shm.Address {
            return self.segment.address(self.control().key);
        }

        pub fn destroy(self: *Self) void {
            for (&self.bells) |*bell| {
                if (bell.load(.monotonic) != 0) bell_module.bells.drop(bell.load(.monotonic)) catch unreachable;
            }
            self.segment.destroy();
        }

        pub fn control(self: Self) *layout.Control {
            return @ptrCast(self.segment.memory.ptr);
        }

        fn readers(self: Self) []layout.Reader {
            const first: [*]layout.Reader = @ptrCast(@alignCast(self.segment.memory.ptr + layout.readers_offset));
            return first[0..self.geometry.reader_max];
        }

        pub fn header(self: Self, slot: u32) *layout.SlotHeader {
            return &self.headers()[slot];
        }

        fn headers(self: Self) []layout.SlotHeader {
            const start = self.segment.memory.ptr + self.geometry.slot_header_offset;
            return @as([*]layout.SlotHeader, @ptrCast(@alignCast(start)))[0..self.geometry.slot_count];
        }

        pub fn payload(self: Self, slot: u32) []align(layout.page_bytes) u8 {
            const offset = self.geometry.payload_offset + @as(usize, slot) * self.geometry.payload_stride;
            return @alignCast(self.segment.memory[offset..][0..self.geometry.payload_bytes]);
        }

        // --- writer ---

        /// Becomes the one writer. Returns its token, which the other calls of the writer want. Takes over from a writer
        /// that has died: the sequence goes on, its half-written slot is emptied.
        pub fn openWriter(self: *Self) Error!u32 {
            const token = newToken(31);
            const owner = &self.control().writer;
            if (!owner.take(token)) {
                if (self.reap() == 0 or !owner.take(token)) return error.WriterTaken;
            }
            self.loaned = 0;
            self.mend();
            return token;
        }

        /// A slot that is on loan is aborted.
        pub fn closeWriter(self: *Self, writer: u32) Error!void {
            try self.checkWriter(writer);
            if (self.loaned != 0) try self.abort(writer, self.loaned - 1);
            self.control().writer.free();
        }

        /// A writer that died may have left a slot in `writing` or `probing` (what was probed is still whole), or a
        /// commit without its head.
        fn mend(self: *const Self) void {
            const block = self.control();
            var newest: Found = .{ .slot = 0, .sequence = 0 };
            for (self.headers(), 0..) |*slot_header, slot| {
                switch (slot_header.state.load(.acquire)) {
                    SlotState.writing => {
                        slot_header.state.store(SlotState.empty, .release);
                        continue;
                    },
                    SlotState.probing => slot_header.state.store(SlotState.committed, .release),
                    SlotState.committed => {},
                    else => continue,
                }
                const sequence = slot_header.sequence.load(.monotonic);
                if (sequence > newest.sequence) newest = .{ .slot = @intCast(slot), .sequence = sequence };
            }
            if (newest.sequence == 0 or block.head_slot.load(.monotonic) == newest.slot + 1) return;
            block.head_sequence.store(newest.sequence, .release);
            block.head_slot.store(newest.slot + 1, .release);
            self.wake();
        }

        fn checkWriter(self: Self, writer: u32) Error!void {
            if (writer == 0 or self.control().writer.token() != writer) return error.BadWriter;
        }

        /// A free slot to fill, or `error.Full`, which is counted as a drop. Before that, dead readers lose their pins.
        pub fn loan(self: *Self, writer: u32) Error!u32 {
            try self.checkWriter(writer);
            const block = self.control();
            if (block.ended.load(.monotonic) != 0) return error.Ended;
            if (self.loaned != 0) return error.LoanOutstanding;
            if (self.takeAny()) |slot| return slot;
            if (self.reap() > 0) {
                if (self.takeAny()) |slot| return slot;
            }
            block.dropped_count.store(block.dropped_count.load(.monotonic) + 1, .monotonic);
            return error.Full;
        }

        fn takeAny(self: *Self) ?u32 {
            var tried: [layout.pin_words]u32 = @splat(0);
            while (self.nextCandidate(&tried)) |slot| {
                if (!self.take(slot)) continue;
                self.clearHeader(slot);
                self.loaned = slot + 1;
                return slot;
            }
            return null;
        }

        /// The best slot that was not tried yet: an empty one, else the oldest, never the head.
        fn nextCandidate(self: Self, tried: *[layout.pin_words]u32) ?u32 {
            const head = self.control().head_slot.load(.monotonic);
            var best: ?u32 = null;
            var best_sequence: u64 = std.math.maxInt(u64);
            for (self.headers(), 0..) |*slot_header, i| {
                const slot: u32 = @intCast(i);
                if (slot + 1 == head or hasBit(tried, slot)) continue;
                const state = slot_header.state.load(.monotonic);
                if (state != SlotState.empty and state != SlotState.committed) continue;
                const sequence = if (state == SlotState.empty) 0 else slot_header.sequence.load(.monotonic);
                if (best != null and sequence >= best_sequence) continue;
                best = slot;
                best_sequence = sequence;
                if (state == SlotState.empty) break;
            }
            if (best) |slot| tried[slot / slots_per_word] |= bitOf(slot);
            return best;
        }

        /// The writer's side of the trial; true if the slot is the writer's now.
        fn take(self: Self, slot: u32) bool {
            const state = &self.header(slot).state;
            if (state.load(.monotonic) == SlotState.committed) {
                if (self.isPinned(slot)) return false;
                // Pairs with the pin in `pin`: one of the two sees the other.
                state.store(SlotState.probing, .seq_cst);
                if (self.isPinned(slot)) {
                    state.store(SlotState.committed, .seq_cst);
                    return false;
                }
            }
            state.store(SlotState.writing, .seq_cst);
            return true;
        }

        fn isPinned(self: Self, slot: u32) bool {
            if (pin_rule == .ignored) return false;
            for (self.readers()) |*reader| {
                if (reader.pins[slot / slots_per_word].load(.seq_cst) & bitOf(slot) != 0) return true;
            }
            return false;
        }

        /// No field of the frame that lay here before can be taken for one of the next.
        fn clearHeader(self: Self, slot: u32) void {
            const slot_header = self.header(slot);
            slot_header.flags = 0;
            slot_header.sequence.store(0, .monotonic);
            const bytes: [*]u8 = @ptrCast(slot_header);
            @memset(bytes[@offsetOf(layout.SlotHeader, "timestamp_ns")..@sizeOf(layout.SlotHeader)], 0);
        }

        /// Makes the slot on loan the newest frame and rings the doorbell.
        pub fn commit(self: *Self, writer: u32, slot: u32) Error!void {
            try self.checkLoan(writer, slot);
            const block = self.control();
            const slot_header = self.header(slot);
            if (slot_header.payload_bytes > self.geometry.payload_bytes) return error.OutOfRange;
            if (slot_header.metadata_bytes > self.geometry.metadata_bytes) return error.OutOfRange;
            if (slot_header.monotonic_ns == 0) slot_header.monotonic_ns = time.monotonicNs();
            const sequence = block.head_sequence.load(.monotonic) + 1;
            slot_header.sequence.store(sequence, .monotonic);
            // Pairs with the load in `pin` and in the searches: who sees `committed` sees the frame.
            slot_header.state.store(SlotState.committed, .release);
            block.head_sequence.store(sequence, .release);
            block.head_slot.store(slot + 1, .release);
            self.loaned = 0;
            self.wake();
        }

        /// Gives the slot on loan back unused.
        pub fn abort(self: *Self, writer: u32, slot: u32) Error!void {
            try self.checkLoan(writer, slot);
            self.header(slot).state.store(SlotState.empty, .release);
            self.loaned = 0;
        }

        fn checkLoan(self: Self, writer: u32, slot: u32) Error!void {
            try self.checkWriter(writer);
            if (slot >= self.geometry.slot_count) return error.OutOfRange;
            if (self.loaned != slot + 1) return error.NotLoaned;
        }

        // --- readers ---

        /// Takes a place in the reader table. Returns the reader: place | token << 8, always < 2^31.
        /// Places of dead readers are freed when there is no other.
        pub fn openReader(self: Self) Error!u32 {
            return self.takePlace() orelse {
                if (self.reap() == 0) return error.ReadersFull;
                return self.takePlace() orelse error.ReadersFull;
            };
        }

        fn takePlace(self: Self) ?u32 {
            for (self.readers(), 0..) |*reader, place| {
                const token = newToken(23);
                if (reader.owner.take(token)) return token << 8 | @as(u32, @intCast(place));
            }
            return null;
        }

        /// Frees the place; all its pins are gone.
        pub fn closeReader(self: Self, reader: u32) Error!void {
            freePlace(try self.readerOf(reader));
        }

        fn freePlace(reader: *layout.Reader) void {
            for (&reader.pins) |*word| word.store(0, .seq_cst);
            reader.owner.free();
        }

        fn readerOf(self: Self, reader: u32) Error!*layout.Reader {
            const place = reader & 0xff;
            if (place >= self.geometry.reader_max) return error.BadReader;
            const found = &self.readers()[place];
            if (reader >> 8 == 0 or found.owner.token() != reader >> 8) return error.BadReader;
            return found;
        }

        /// Pins the newest frame if its sequence is above `newer_than`; 0 accepts any.
        pub fn pinLatest(self: Self, reader: u32, newer_than: u64) Error!u32 {
            const place = try self.readerOf(reader);
            const block = self.control();
            for (0..attempts_max) |_| {
                const head = block.head_slot.load(.acquire);
                if (head == 0) return error.Empty;
                if (head > self.geometry.slot_count) return error.Corrupt;
                const slot = head - 1;
                const sequence = &self.header(slot).sequence;
                if (block.head_sequence.load(.acquire) <= newer_than) return error.Empty;
                const outcome = self.pin(place, slot);
                if (outcome == .refused) continue;
                if (sequence.load(.monotonic) > newer_than) return slot;
                // A commit is under way: its sequence is published, its slot not yet. The doorbell will ring.
                if (outcome == .pinned) self.unpinSlot(place, slot);
                return error.Empty;
            }
            return error.Corrupt;
        }

        /// Pins the oldest kept frame with a sequence above `cursor`.
        pub fn pinNext(self: Self, reader: u32, cursor: u64) Error!u32 {
            const place = try self.readerOf(reader);
            for (0..attempts_max) |_| {
                // Whatever is not above this was committed before the search began, so the search cannot have passed
                // over it while it was being written.
                const settled = self.control().head_sequence.load(.acquire);
                const found = self.oldestAbove(cursor) orelse {
                    if (self.control().head_sequence.load(.acquire) == settled) return error.Empty;
                    continue;
                };
                if (found.sequence > settled and found.sequence != cursor + 1) continue;
                switch (try self.pinFound(place, found)) {
                    .pinned => return found.slot,
                    .changed => {},
                    .probed => return error.Empty,
                }
            }
            return error.Corrupt;
        }

        /// Pins the newest kept frame whose timestamp is not after `timestamp_ns`.
        pub fn pinAt(self: Self, reader: u32, timestamp_ns: i64) Error!u32 {
            const place = try self.readerOf(reader);
            for (0..attempts_max) |_| {
                const found = self.newestUntil(timestamp_ns) orelse return error.Empty;
                switch (try self.pinFound(place, found)) {
                    .pinned => return found.slot,
                    .changed => {},
                    .probed => return error.Empty,
                }
            }
            return error.Corrupt;
        }

        const Found = struct { slot: u32, sequence: u64 };

        fn oldestAbove(self: Self, cursor: u64) ?Found {
            var best: ?Found = null;
            for (self.headers(), 0..) |*slot_header, slot| {
                if (!isWhole(slot_header.state.load(.acquire))) continue;
                const sequence = slot_header.sequence.load(.acquire);
                if (sequence <= cursor or (best != null and sequence >= best.?.sequence)) continue;
                best = .{ .slot = @intCast(slot), .sequence = sequence };
            }
            return best;
        }

        fn newestUntil(self: Self, timestamp_ns: i64) ?Found {
            var best: ?Found = null;
            var best_ns: i64 = undefined;
            for (self.headers(), 0..) |*slot_header, slot| {
                if (!isWhole(slot_header.state.load(.acquire))) continue;
                const sequence = slot_header.sequence.load(.acquire);
                const at_ns = @atomicLoad(i64, &slot_header.timestamp_ns, .acquire);
                if (sequence == 0 or at_ns > timestamp_ns) continue;
                if (best != null and (at_ns < best_ns or (at_ns == best_ns and sequence < best.?.sequence))) continue;
                best = .{ .slot = @intCast(slot), .sequence = sequence };
                best_ns = at_ns;
            }
            return best;
        }

        fn isWhole(state: u32) bool {
            return state == SlotState.committed or state == SlotState.probing;
        }

        const PinOutcome = enum { pinned, already, refused };

        /// The reader's side of the trial. `already`: this reader has held the slot before, so it was safe throughout.
        fn pin(self: Self, reader: *layout.Reader, slot: u32) PinOutcome {
            const word = &reader.pins[slot / slots_per_word];
            // Pairs with the store of `probing` in `take`: one of the two sees the other.
            if (word.fetchOr(bitOf(slot), .seq_cst) & bitOf(slot) != 0) return .already;
            if (self.header(slot).state.load(.seq_cst) == SlotState.committed) return .pinned;
            self.unpinSlot(reader, slot);
            return .refused;
        }

        const FoundOutcome = enum { pinned, changed, probed };

        /// Pins a slot if it still holds the frame that was found. A trial of the writer is waited for, because it
        /// may fail and the frame stay; if the writer was put to sleep in the middle of it, the answer is `probed`.
        fn pinFound(self: Self, reader: *layout.Reader, found: Found) Error!FoundOutcome {
            const slot_header = self.header(found.slot);
            for (0..probe_spins_max + probe_yields_max) |attempt| {
                const outcome = self.pin(reader, found.slot);
                if (outcome != .refused) {
                    if (slot_header.sequence.load(.seq_cst) == found.sequence) return .pinned;
                    if (outcome == .pinned) self.unpinSlot(reader, found.slot);
                    return .changed;
                }
                if (slot_header.state.load(.acquire) != SlotState.probing) return .changed;
                if (attempt < probe_spins_max) std.atomic.spinLoopHint() else std.Thread.yield() catch {};
            }
            return .probed;
        }

        /// Lets the writer have the slot again.
        pub fn unpin(self: Self, reader: u32, slot: u32) Error!void {
            const place = try self.readerOf(reader);
            if (slot >= self.geometry.slot_count) return error.OutOfRange;
            if (place.pins[slot / slots_per_word].load(.monotonic) & bitOf(slot) == 0) return error.NotPinned;
            self.unpinSlot(place, slot);
        }

        fn unpinSlot(self: Self, reader: *layout.Reader, slot: u32) void {
            _ = self;
            _ = reader.pins[slot / slots_per_word].fetchAnd(~bitOf(slot), .seq_cst);
        }

        fn bitOf(slot: u32) u32 {
            return @as(u32, 1) << @intCast(slot % slots_per_word);
        }

        fn hasBit(words: *const [layout.pin_words]u32, slot: u32) bool {
            return words[slot / slots_per_word] & bitOf(slot) != 0;
        }

        // --- lifecycle and doorbell ---

        /// Says once that nothing more will come.
        pub fn end(self: *const Self, reason: EndReason) Error!void {
            switch (reason) {
                .finished, .stopped, .failed => {},
                _ => return error.InvalidArgument,
            }
            const number = @backingInt(reason);
            if (self.control().ended.cmpxchgStrong(0, number, .acq_rel, .monotonic) != null) return error.AlreadySet;
            self.wake();
        }

        /// Says once which ring follows this one.
        pub fn setSuccessor(self: *const Self, id: u32) Error!void {
            if (id == 0) return error.InvalidArgument;
            if (self.control().successor.cmpxchgStrong(0, id, .acq_rel, .monotonic) != null) return error.AlreadySet;
            self.wake();
        }

        /// Rings the doorbell, then the bells.
        pub fn wake(self: *const Self) void {
            const block = self.control();
            // Pairs with `wait`. The word is taken before the doorbell is rung: who sets it for the doorbell that rings
            // now is woken below, who sets it for the next one is not forgotten. A sleeper that was killed costs one
            // futile call, no more.
            const slept = block.asleep.load(.seq_cst) != 0 and block.asleep.swap(0, .seq_cst) != 0;
            _ = block.doorbell.fetchAdd(1, .seq_cst);
            if (slept or block.asleep.load(.seq_cst) != 0) futex.wakeAll(&block.doorbell);
            for (self.bells[0..self.bell_count.load(.seq_cst)]) |*bell| {
                const handle = bell.load(.seq_cst);
                // A bell whose loop has ended stays on the list until it is removed; nobody misses its ring.
                if (handle != 0) bell_module.ring(handle) catch {};
            }
        }

        /// Has a bell rung from now on, whenever the doorbell is rung through this object.
        pub fn addBell(self: *Self, bell: u32) Error!void {
            if (self.findBell(bell) != null) return error.AlreadySet;
            const index = self.findBell(0) orelse return error.OutOfSpace;
            try bell_module.bells.hold(bell);
            self.bells[index].store(bell, .seq_cst);
            if (index >= self.bell_count.load(.monotonic)) self.bell_count.store(index + 1, .seq_cst);
        }

        pub fn removeBell(self: *Self, bell: u32) Error!void {
            if (bell == 0) return error.BadHandle;
            const index = self.findBell(bell) orelse return error.BadHandle;
            self.bells[index].store(0, .seq_cst);
            bell_module.bells.drop(bell) catch unreachable;
        }

        fn findBell(self: *const Self, bell: u32) ?u32 {
            for (&self.bells, 0..) |*entry, index| {
                if (entry.load(.monotonic) == bell) return @intCast(index);
            }
            return null;
        }

        /// Sleeps until the doorbell is not `seen`, at most `timeout_ms` and never above 100 ms.
        pub fn wait(self: Self, seen: u32, timeout_ms: u32) Error!void {
            const timeout_ns = @as(u64, @min(timeout_ms, wait_ms_max)) * 1_000_000;
            return self.waitUntil(seen, time.monotonicNs() + timeout_ns);
        }

        pub fn waitUntil(self: Self, seen: u32, deadline_ns: u64) Error!void {
            const block = self.control();
            if (block.doorbell.load(.seq_cst) != seen) return;
            _ = block.sleepers.fetchAdd(1, .monotonic);
            defer _ = block.sleepers.fetchSub(1, .monotonic);
            block.asleep.store(1, .seq_cst);
            if (!futex.waitUntil(&block.doorbell, seen, deadline_ns)) return error.TimedOut;
        }

        /// Frees the places of readers and of the writer whose thread or process has died. Returns how many.
        pub fn reap(self: Self) u32 {
            var freed: u32 = 0;
            for (self.readers()) |*reader| {
                if (!reader.owner.claimDead()) continue;
                freePlace(reader);
                freed += 1;
            }
            const writer = &self.control().writer;
            if (writer.claimDead()) {
                writer.free();
                freed += 1;
            }
            return freed;
        }
    };
}

test {
    _ = @import("ring_test.zig");
}
