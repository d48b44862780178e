//! The ring under load. `zig build stress`, or `zig build stress -- COMMITS FRAMES` for other counts.
//!
//! First ten million small commits, then a hundred thousand 1080p RGBA frames, each with readers that take the newest,
//! that take all in order, and that hold what they have; every frame is checked word by word. Then the same with a
//! writer that ignores pins, which has to be caught: a checker that finds nothing there would prove nothing before.

const std = @import("std");
const race = @import("ring_race.zig");
const time = @import("time.zig");

const commits_default = 10_000_000;
const frames_default = 100_000;
const frame_bytes = 1920 * 1080 * 4;

pub fn main(init: std.process.Init) !void {
    const words = try init.minimal.args.toSlice(init.arena.allocator());
    const commits = if (words.len > 1) try std.fmt.parseInt(u64, words[1], 10) else commits_default;
    const frames = if (words.len > 2) try std.fmt.parseInt(u64, words[2], 10) else frames_default;
    const small: race.Options = .{
        .commits = commits,
        .payload_bytes = 256,
        .slot_count = 4,
        .latest_readers = 1,
        .slow_readers = 1,
        .ordered_readers = 1,
    };
    const large: race.Options = .{
        .commits = frames,
        .payload_bytes = frame_bytes,
        .slot_count = 4,
        .latest_readers = 1,
        .slow_readers = 1,
        .hold_ns = 20_000_000,
    };
    var failed = false;
    try runOne("small commits", .honoured, small, &failed);
    try runOne("1080p frames", .honoured, large, &failed);
    var mutant = small;
    mutant.commits = @min(commits, 1_000_000);
    try runOne("mutant, small commits", .ignored, mutant, &failed);
    mutant = large;
    mutant.commits = @min(frames, 500);
    try runOne("mutant, 1080p frames", .ignored, mutant, &failed);
    if (failed) std.process.exit(1);
}

fn runOne(
    name: []const u8,
    comptime pin_rule: @import("ring.zig").PinRule,
    options: race.Options,
    failed: *bool,
) !void {
    const start_ns = time.monotonicNs();
    const counts = try race.Race(pin_rule).run(options);
    const seconds = @as(f64, @floatFromInt(time.monotonicNs() - start_ns)) / 1e9;
    std.debug.print("{s}: {d:.1} s\n", .{ name, seconds });
    inline for (@typeInfo(race.Counts).@"struct".field_names) |field| {
        std.debug.print("  {d: >10} {s}\n", .{ @field(counts, field), field });
    }
    const caught = counts.torn + counts.disordered > 0;
    const good = switch (pin_rule) {
        .honoured => !caught and counts.read_latest > 0 and counts.read_slow > 0 and
            counts.committed == options.commits and
            (options.ordered_readers == 0 or counts.read_ordered + counts.missed_ordered == counts.committed),
        .ignored => caught,
    };
    std.debug.print("  {s}\n", .{if (good) "as it should be" else "WRONG"});
    if (!good) failed.* = true;
}
