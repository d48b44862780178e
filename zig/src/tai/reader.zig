//! How a process gets at TAI: which region counts for it, and what that says.
//!
//! A process begins with a TAI of its own (`time.mapping`) or with what somebody has published, and looks once a second
//! whether that has changed. Going over to another region is a choice: it holds from an instant in the near future on,
//! and before it the choice before counts, so threads that read at the same time agree. TAI may jump forward there. It
//! does not go back: it is told ahead and loses a quarter of a nanosecond per nanosecond until it is right. Only what is
//! more than a second back is jumped to.

const std = @import("std");
const linux = std.os.linux;
const Lock = @import("../lock.zig").Lock;
const time = @import("../time.zig");
const line_file = @import("../ptp/line.zig");
const tai_mapping = @import("../ptp/tai_mapping.zig");
const region_module = @import("region.zig");
const files = @import("region_file.zig");
const Region = region_module.Region;
const Record = region_module.Record;
const Refusal = region_module.Refusal;
const State = tai_mapping.State;
const Told = @import("told.zig").Told;

const ns_per_ms = std.time.ns_per_ms;
const ns_per_s = std.time.ns_per_s;

/// Between two looks for a region.
const look_ns = ns_per_s;
/// A publisher that has said nothing for longer is taken for dead.
pub const heartbeat_ns_max = 2 * ns_per_s;
/// What nobody keeps any more is not begun with when it may be further off than this.
const stale_error_ns = ns_per_s;
/// A holdover whose error may be larger than this is as good as none.
const free_error_ns = ns_per_ms;
/// From a choice to the instant from which it holds: longer than a thread needs to read the clock and the choice.
const lead_ns = ns_per_ms;
/// A choice that moves TAI by more than this counts as a step.
const step_ns = 20_000;

/// More than two clocks that were read one after the other differ by.
const suspended_ns_max = 100 * ns_per_ms;

/// Choices are remembered for instants that have passed; the oldest one makes place.
const choice_max = 64;
const known_max = 32;

const Choice = struct {
    /// Null for the TAI of this process alone.
    region: ?*const Region = null,
    /// Taken away when the one before makes place.
    before: std.atomic.Value(?*const Choice) = .init(null),
    /// Monotonic instant from which it holds, if there is one before.
    from_ns: i64 = 0,
    /// By how much TAI is told ahead of the region there.
    ahead_ns: i64 = 0,
    /// To be added to the steps of the region.
    steps: u64 = 0,

    fn at(self: *const Choice, monotonic_ns: i64) *const Choice {
        var choice = self;
        while (choice.before.load(.acquire)) |before| {
            if (monotonic_ns >= choice.from_ns) break;
            choice = before;
        }
        return choice;
    }

    fn record(self: *const Choice) ?Record {
        const region = self.region orelse return null;
        return region.read();
    }

    fn tai(self: *const Choice, found: *const ?Record, monotonic_ns: i64) i64 {
        const shared = if (found.*) |*one| one else return monotonic_ns +| time.mapping().offset_ns;
        const local_ns = shared.local.localAt(monotonic_ns);
        return line_file.nsFromFixed(shared.mapping.fixedAt(local_ns) + self.aheadAt(shared, local_ns));
    }

    /// By how much TAI is told ahead, after steps back and after this choice.
    fn aheadAt(self: *const Choice, shared: *const Record, local_ns: i64) line_file.Fixed {
        const ahead = shared.mapping.aheadAt(local_ns);
        if (self.ahead_ns == 0) return ahead;
        const elapsed = @as(line_file.Fixed, local_ns) - shared.local.localAt(self.from_ns);
        return ahead + @max(0, line_file.fixedFromNs(self.ahead_ns) - (elapsed << (line_file.fraction_bits - 2)));
    }

    /// The first monotonic instant at which this choice alone has reached `tai_ns`.
    fn monotonicAt(self: *const Choice, found: *const ?Record, tai_ns: i64) i64 {
        const shared = if (found.*) |*one| one else return tai_ns -| time.mapping().offset_ns;
        const mapping = &shared.mapping;
        const begin_ns = shared.local.monotonicAt(mapping.local_ns +| (tai_ns -| mapping.tai_ns));
        // Rates differ by parts per million: this is there after two or three rounds, except in a bend.
        var near_ns = begin_ns;
        for (0..6) |_| {
            const missing_ns = tai_ns -| self.tai(found, near_ns);
            if (missing_ns == 0) break;
            near_ns +|= missing_ns;
        }
        for (0..4) |_| {
            if (self.tai(found, near_ns) < tai_ns) {
                near_ns +|= 1;
            } else if (self.tai(found, near_ns -| 1) >= tai_ns) {
                near_ns -|= 1;
            } else return near_ns;
        }
        return self.search(found, tai_ns, begin_ns);
    }

    fn search(self: *const Choice, found: *const ?Record, tai_ns: i64, begin_ns: i64) i64 {
        // TAI is never slower than a fifth of the monotonic clock.
        const reach = (@abs(@as(i128, tai_ns) - self.tai(found, begin_ns)) + 2) * 5;
        var low = @max(@as(i128, begin_ns) - @as(i128, @intCast(reach)), std.math.minInt(i64));
        var high = @min(@as(i128, begin_ns) + @as(i128, @intCast(reach)), std.math.maxInt(i64));
        while (high - low > 1) {
            const middle = low + @divTrunc(high - low, 2);
            if (self.tai(found, @intCast(middle)) >= tai_ns) high = middle else low = middle;
        }
        return @intCast(high);
    }

    fn stepsOf(self: *const Choice, found: *const ?Record) u64 {
        return self.steps +% if (found.*) |*one| one.mapping.steps else 0;
    }

    /// Those that TAI has taken at a monotonic instant: a step is published a moment before it is taken.
    fn stepsAt(self: *const Choice, found: *const ?Record, monotonic_ns: i64) u64 {
        const steps = self.stepsOf(found);
        const shared = if (found.*) |*one| one else return steps;
        const mapping = &shared.mapping;
        const is_step = mapping.tai_ns != mapping.before_tai_ns or mapping.tai_fraction != mapping.before_fraction;
        return if (is_step and shared.local.localAt(monotonic_ns) < mapping.local_ns) steps -% 1 else steps;
    }
};

const Known = struct {
    identity: files.Identity,
    region: *const Region,
};

pub const Reader = struct {
    lock: Lock = .{},
    /// Of a test; null for the name in the environment.
    given_name: ?files.Name = null,
    name: ?files.Name = null,
    machine: ?region_module.Machine = null,
    choices: [choice_max]Choice = undefined,
    choice_count: usize = 0,
    current: std.atomic.Value(?*const Choice) = .init(null),
    next_look_ns: std.atomic.Value(u64) = .init(0),
    refusal: std.atomic.Value(Refusal) = .init(.none),
    /// Regions that were ever used. They stay mapped: a thread may be reading.
    known: [known_max]Known = undefined,
    known_count: usize = 0,
    /// What a publisher of this process writes that can share nothing.
    private: ?*Region = null,
    is_private_taken: bool = false,

    pub fn taiOf(self: *Reader, monotonic_ns: u64) u64 {
        const instant_ns = signed(monotonic_ns);
        const choice = self.choose(monotonic_ns).at(instant_ns);
        return unsigned(choice.tai(&choice.record(), instant_ns));
    }

    pub fn monotonicOf(self: *Reader, tai_ns: u64) u64 {
        var choice = self.choose(0);
        var latest_ns: i64 = std.math.maxInt(i64);
        while (true) {
            const found = choice.record();
            const wanted_ns = signed(tai_ns);
            const before = choice.before.load(.acquire);
            if (before == null or wanted_ns >= choice.tai(&found, choice.from_ns)) {
                return unsigned(@min(latest_ns, choice.monotonicAt(&found, wanted_ns)));
            }
            latest_ns = @min(latest_ns, choice.from_ns);
            choice = before.?;
        }
    }

    pub fn told(self: *Reader, monotonic_ns: u64) Told {
        const instant_ns = signed(monotonic_ns);
        const choice = self.choose(monotonic_ns).at(instant_ns);
        const found = choice.record();
        const fixed = time.mapping();
        var answer: Told = .{
            .tai_ns = unsigned(choice.tai(&found, instant_ns)),
            .error_ns = fixed.error_ns,
            .fixed_offset_ns = fixed.offset_ns,
            .steps = choice.stepsAt(&found, instant_ns),
            .frequency = 0,
            .source = @backingInt(fixed.source),
            .state = @backingInt(State.free),
            .tai_utc_s = fixed.tai_utc_s,
            .publisher_pid = 0,
            .is_shared = 0,
            .refusal = @backingInt(self.refusal.load(.monotonic)),
        };
        const record = found orelse return answer;
        const region = choice.region.?;
        const is_live = region.isLive(monotonic_ns, heartbeat_ns_max);
        const local_ns = record.local.localAt(instant_ns);
        const ahead_ns: u64 = @intCast(line_file.nsFromFixed(choice.aheadAt(&record, local_ns)));
        answer.error_ns = record.mapping.errorAt(local_ns) +| ahead_ns;
        answer.frequency = record.mapping.frequency;
        answer.source = @backingInt(record.source);
        answer.state = @backingInt(stateOf(record.mapping.state, is_live, ahead_ns, answer.error_ns));
        answer.tai_utc_s = record.tai_utc_s;
        answer.publisher_pid = if (is_live) region.publisher_pid.load(.monotonic) else 0;
        answer.is_shared = @intFromBool(region != self.private);
        return answer;
    }

    /// What the publisher told of itself last, null if there never was one.
    pub fn status(self: *Reader) ?region_module.Status {
        const region = self.choose(time.monotonicNs()).region orelse return null;
        return region.status.read();
    }

    /// What everyone goes by at an instant, to go on from; null while that is this process's own TAI.
    pub fn recordAt(self: *Reader, monotonic_ns: u64) ?Record {
        return self.choose(monotonic_ns).at(signed(monotonic_ns)).record();
    }

    fn choose(self: *Reader, monotonic_ns: u64) *const Choice {
        if (monotonic_ns >= self.next_look_ns.load(.monotonic)) self.lookIfDue();
        return self.current.load(.acquire) orelse self.begin();
    }

    fn begin(self: *Reader) *const Choice {
        self.look();
        return self.current.load(.acquire).?;
    }

    fn lookIfDue(self: *Reader) void {
        const now_ns = time.monotonicNs();
        var next_ns = self.next_look_ns.load(.monotonic);
        if (now_ns < next_ns) return;
        // One thread looks, the others go on with what they have.
        if (self.next_look_ns.cmpxchgStrong(next_ns, now_ns + look_ns, .monotonic, .monotonic)) |other| {
            next_ns = other;
            return;
        }
        self.look();
    }

    /// Looks now whether there is something else to go by.
    pub fn look(self: *Reader) void {
        self.lock.acquire();
        defer self.lock.release();
        const now_ns = time.monotonicNs();
        self.next_look_ns.store(now_ns + look_ns, .monotonic);
        const found = self.find();
        const chosen = self.preferred(&found, now_ns);
        const current = self.current.load(.monotonic) orelse return self.add(.{ .region = chosen });
        if (chosen == current.region) return;
        // The clock anew: opening a file may have taken its time.
        self.add(changed(current, chosen, signed(time.monotonicNs() + lead_ns)));
    }

    fn add(self: *Reader, choice: Choice) void {
        const place = self.choice_count % choice_max;
        // Nobody gets from the one after the oldest to its place any more.
        if (self.choice_count >= choice_max) {
            self.choices[(self.choice_count + 1) % choice_max].before.store(null, .release);
        }
        self.choices[place] = choice;
        self.current.store(&self.choices[place], .release);
        self.choice_count += 1;
    }

    fn changed(current: *const Choice, region: ?*const Region, from_ns: i64) Choice {
        var next: Choice = .{ .region = region, .before = .init(current), .from_ns = from_ns };
        const old = current.record();
        const new = next.record();
        const moved_ns = next.tai(&new, from_ns) -| current.tai(&old, from_ns);
        next.ahead_ns = if (-moved_ns > tai_mapping.ahead_ns_max) 0 else @max(0, -moved_ns);
        next.steps = current.stepsOf(&old) -% next.stepsOf(&new) +% @intFromBool(@abs(moved_ns) > step_ns);
        return next;
    }

    /// Regions that are there now, the one that counts most first.
    fn find(self: *Reader) [3]?*const Region {
        var found: [3]?*const Region = .{ null, null, self.private };
        self.resolve();
        const name = self.name orelse return found;
        if (self.machine == null) return found;
        var refusal: Refusal = .none;
        for ([_]files.Owner{ .root, .own }, found[0..2]) |owner, *place| {
            if (owner == .own and linux.geteuid() == 0) continue;
            place.* = self.regionOf(&.init(&name, owner), owner, &refusal);
        }
        // What was refused does not matter while another one is good.
        const is_good = found[0] != null or found[1] != null;
        if (self.private == null) self.refusal.store(if (is_good) .none else refusal, .monotonic);
        return found;
    }

    /// Finds out the name and the machine. `lock` is held.
    pub fn resolve(self: *Reader) void {
        if (self.machine == null) {
            self.machine = files.thisMachine();
            if (self.machine == null) self.refusal.store(.system_failed, .monotonic);
        }
        if (self.name != null) return;
        self.name = self.given_name orelse files.Name.fromEnvironment() catch {
            return self.refusal.store(.bad_name, .monotonic);
        };
    }

    fn regionOf(self: *Reader, path: *const files.Path, owner: files.Owner, refusal: *Refusal) ?*const Region {
        const identity = files.identityAt(path) orelse return null;
        for (self.known[0..self.known_count]) |known| {
            if (std.meta.eql(known.identity, identity)) return known.region;
        }
        if (self.known_count == known_max) return null;
        switch (files.open(path, owner, .read)) {
            .none => return null,
            .refused => |reason| refusal.* = reason,
            .opened => |opened| {
                _ = linux.close(opened.fd);
                const reason = opened.region.refusal(self.machine.?);
                if (reason == .none) {
                    self.known[self.known_count] = .{ .identity = opened.identity, .region = opened.region };
                    self.known_count += 1;
                    return opened.region;
                }
                files.unmap(opened.region);
                refusal.* = reason;
            },
        }
        return null;
    }

    fn preferred(self: *Reader, found: *const [3]?*const Region, now_ns: u64) ?*const Region {
        for (found) |place| if (place) |region| {
            if (region.isLive(now_ns, heartbeat_ns_max) and region.read() != null) return region;
        };
        // Nobody publishes: what was good goes on being used, so that TAI does not jump.
        const suspended_ns = time.suspendedNs();
        if (self.current.load(.monotonic)) |current| if (current.region) |region| {
            if (!wasSuspended(region, suspended_ns)) return region;
        };
        for (found) |place| if (place) |region| {
            const record = region.read() orelse continue;
            if (wasSuspended(region, suspended_ns)) continue;
            if (record.mapping.errorAt(record.local.localAt(signed(now_ns))) <= stale_error_ns) return region;
        };
        return null;
    }
};

/// Whether the machine has slept since somebody published: then nobody knows for how long TAI went on.
fn wasSuspended(region: *const Region, suspended_ns: i64) bool {
    return suspended_ns -| region.suspended_ns.load(.monotonic) > suspended_ns_max;
}

fn stateOf(published: State, is_live: bool, ahead_ns: u64, error_ns: u64) State {
    if (is_live) return if (published == .locked and ahead_ns > step_ns) .acquiring else published;
    return if (error_ns > free_error_ns or published == .free) .free else .holdover;
}

fn signed(ns: u64) i64 {
    return std.math.lossyCast(i64, ns);
}

fn unsigned(ns: i64) u64 {
    return std.math.lossyCast(u64, ns);
}

test "a process goes over as often as publishers come and go" {
    const kit = @import("test_kit.zig");
    const region = try files.createPrivate();
    defer files.unmap(region);
    region.reset(.{ .boot_id = @splat(0), .time_namespace = 0 });
    const begin_ns = kit.monotonicNs();
    const mapping = kit.mappingOf(begin_ns + time.mapping().offset_ns + ns_per_ms);
    region.record.write(&.{ .mapping = mapping, .local = .{}, .source = .ptp, .tai_utc_s = 37 });
    var reader: Reader = .{};
    reader.next_look_ns.store(std.math.maxInt(u64), .monotonic);
    reader.add(.{});
    var now_ns = begin_ns;
    for (0..5 * choice_max) |i| {
        now_ns += ns_per_s;
        const next: ?*const Region = if (i % 2 == 0) region else null;
        reader.add(Reader.changed(reader.current.load(.acquire).?, next, now_ns));
        const instant_ns = now_ns + ns_per_s / 2;
        const wanted_ns = if (i % 2 == 0) mapping.taiAt(instant_ns) else instant_ns + time.mapping().offset_ns;
        try std.testing.expectEqual(unsigned(wanted_ns), reader.taiOf(unsigned(instant_ns)));
    }
    // Instants of before what is remembered are told by the oldest.
    for ([_]i64{ 0, begin_ns, begin_ns + ns_per_s }) |instant_ns| {
        const tai_ns = reader.taiOf(unsigned(instant_ns));
        try std.testing.expect(reader.taiOf(reader.monotonicOf(tai_ns)) >= tai_ns);
    }
}
