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
const linux = std.os.linux;
const layout = @import("ring_layout.zig");
const futex = @import("futex.zig");
const shm = @import("shm.zig");
const time = @import("time.zig");
const Error = @import("result.zig").Error;

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

/// Stands in the place of an owner that has died while somebody clears up after it; no token is as large.
const token_reaping = std.math.maxInt(u32);

var next_token: std.atomic.Value(u32) = .init(0);

/// A number > 0 and < 2^bits that differs from the last ones given out in this process, and most likely in others.
fn newToken(bits: u5) u32 {
    const mask = (@as(u32, 1) << bits) - 1;
    while (true) {
        const count = next_token.fetchAdd(1, .monotonic);
        const token = (count +% @as(u32, @bitCast(linux.getpid())) *% 0x9e37_79b1) & mask;
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

        pub fn create(config: layout.Config, format: []const u8) Error!Self {
            const geometry = try layout.Geometry.of(config);
            if (format.len > layout.format_bytes_max) return error.OutOfRange;
            const segment = try shm.Segment.create(geometry.memory_bytes);
            const self: Self = .{ .segment = segment, .geometry = geometry };
            const block = self.control();
            block.magic = layout.magic;
            block.version = layout.version;
            inline for (.{
                "slot_count",         "reader_max",      "payload_bytes",  "metadata_bytes",
                "slot_header_offset", "metadata_offset", "payload_offset", "payload_stride",
            }) |name| @field(block, name) = @field(geometry, name);
            block.generation = config.generation;
            block.format_bytes = @intCast(format.len);
            @memcpy(segment.memory[layout.format_offset..][0..format.len], format);
            return self;
        }

        pub fn destroy(self: *Self) void {
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

        /// Becomes the one writer. Returns its token, which the other calls of the writer want.
        pub fn openWriter(self: *Self) Error!u32 {
            const block = self.control();
            const token = newToken(31);
            if (block.writer_token.cmpxchgStrong(0, token, .acq_rel, .monotonic) != null) return error.WriterTaken;
            block.writer_pid.store(@bitCast(linux.getpid()), .monotonic);
            block.writer_thread_id.store(@bitCast(linux.gettid()), .monotonic);
            self.loaned = 0;
            self.emptyUnfinishedSlots();
            return token;
        }

        /// A slot that is on loan is aborted.
        pub fn closeWriter(self: *Self, writer: u32) Error!void {
            try self.checkWriter(writer);
            if (self.loaned != 0) try self.abort(writer, self.loaned - 1);
            freeWriter(self.control());
        }

        fn freeWriter(block: *layout.Control) void {
            block.writer_pid.store(0, .monotonic);
            block.writer_thread_id.store(0, .monotonic);
            block.writer_token.store(0, .release);
        }

        /// A writer that died left a slot in `writing` or `probing`; what was probed is still whole.
        fn emptyUnfinishedSlots(self: Self) void {
            for (self.headers()) |*slot_header| switch (slot_header.state.load(.acquire)) {
                SlotState.writing => slot_header.state.store(SlotState.empty, .release),
                SlotState.probing => slot_header.state.store(SlotState.committed, .release),
                else => {},
            };
        }

        fn checkWriter(self: Self, writer: u32) Error!void {
            if (writer == 0 or self.control().writer_token.load(.monotonic) != writer) return error.BadWriter;
        }

        /// A free slot to fill, or `error.Full`, which is counted as a drop.
        pub fn loan(self: *Self, writer: u32) Error!u32 {
            try self.checkWriter(writer);
            const block = self.control();
            if (block.ended.load(.monotonic) != 0) return error.Ended;
            if (self.loaned != 0) return error.LoanOutstanding;
            var tried: [layout.pin_words]u32 = @splat(0);
            while (self.nextCandidate(&tried)) |slot| {
                if (!self.take(slot)) continue;
                self.clearHeader(slot);
                self.loaned = slot + 1;
                return slot;
            }
            block.dropped_count.store(block.dropped_count.load(.monotonic) + 1, .monotonic);
            return error.Full;
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
        pub fn openReader(self: Self) Error!u32 {
            for (self.readers(), 0..) |*reader, place| {
                const token = newToken(23);
                if (reader.token.cmpxchgStrong(0, token, .acq_rel, .monotonic) != null) continue;
                reader.pid.store(@bitCast(linux.getpid()), .monotonic);
                reader.thread_id.store(@bitCast(linux.gettid()), .monotonic);
                return token << 8 | @as(u32, @intCast(place));
            }
            return error.ReadersFull;
        }

        /// Frees the place; all its pins are gone.
        pub fn closeReader(self: Self, reader: u32) Error!void {
            freePlace(try self.readerOf(reader));
        }

        fn freePlace(reader: *layout.Reader) void {
            for (&reader.pins) |*word| word.store(0, .seq_cst);
            reader.pid.store(0, .monotonic);
            reader.thread_id.store(0, .monotonic);
            reader.token.store(0, .release);
        }

        fn readerOf(self: Self, reader: u32) Error!*layout.Reader {
            const place = reader & 0xff;
            if (place >= self.geometry.reader_max) return error.BadReader;
            const found = &self.readers()[place];
            if (reader >> 8 == 0 or found.token.load(.monotonic) != reader >> 8) return error.BadReader;
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
                if (attempt < probe_spins_max) std.atomic.spinLoopHint() else _ = linux.syscall0(.sched_yield);
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
        pub fn end(self: Self, reason: EndReason) Error!void {
            switch (reason) {
                .finished, .stopped, .failed => {},
                _ => return error.InvalidArgument,
            }
            const number = @backingInt(reason);
            if (self.control().ended.cmpxchgStrong(0, number, .acq_rel, .monotonic) != null) return error.AlreadySet;
            self.wake();
        }

        /// Says once which ring follows this one.
        pub fn setSuccessor(self: Self, id: u32) Error!void {
            if (id == 0) return error.InvalidArgument;
            if (self.control().successor.cmpxchgStrong(0, id, .acq_rel, .monotonic) != null) return error.AlreadySet;
            self.wake();
        }

        /// Rings the doorbell.
        pub fn wake(self: Self) void {
            const block = self.control();
            // Pairs with `wait`: the sleeper counts itself before it looks at the doorbell for the last time.
            _ = block.doorbell.fetchAdd(1, .seq_cst);
            if (block.sleepers.load(.seq_cst) > 0) futex.wakeAll(&block.doorbell);
        }

        /// Sleeps until the doorbell is not `seen`, at most `timeout_ms` and never above 100 ms.
        pub fn wait(self: Self, seen: u32, timeout_ms: u32) Error!void {
            const block = self.control();
            if (block.doorbell.load(.seq_cst) != seen) return;
            const timeout_ns = @as(u64, @min(timeout_ms, wait_ms_max)) * 1_000_000;
            _ = block.sleepers.fetchAdd(1, .seq_cst);
            defer _ = block.sleepers.fetchSub(1, .seq_cst);
            if (!futex.waitUntil(&block.doorbell, seen, time.monotonicNs() + timeout_ns)) return error.TimedOut;
        }

        /// Frees the places of readers and of the writer whose thread or process has died. Returns how many.
        pub fn reap(self: Self) u32 {
            var freed: u32 = 0;
            for (self.readers()) |*reader| {
                if (!claimDead(&reader.token, &reader.pid, &reader.thread_id)) continue;
                freePlace(reader);
                freed += 1;
            }
            const block = self.control();
            if (claimDead(&block.writer_token, &block.writer_pid, &block.writer_thread_id)) {
                freeWriter(block);
                freed += 1;
            }
            return freed;
        }

        /// True if the owner is dead and the caller is the one who clears up after it.
        fn claimDead(token: *layout.U32, pid: *layout.U32, thread_id: *layout.U32) bool {
            const owner = token.load(.acquire);
            if (owner == 0 or owner == token_reaping) return false;
            const owner_pid = pid.load(.monotonic);
            const owner_thread_id = thread_id.load(.monotonic);
            if (owner_pid == 0 or owner_thread_id == 0) return false; // Taken a moment ago, not yet signed.
            if (linux.errno(linux.syscall3(.tgkill, owner_pid, owner_thread_id, 0)) != .SRCH) return false;
            return token.cmpxchgStrong(owner, token_reaping, .acq_rel, .monotonic) == null;
        }
    };
}

test {
    _ = @import("ring_test.zig");
}
