import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { FREE, histogramOf, LOOK, lookWith, MASTER, PARENT, SPARE } from "../testdata/ptp_looks.ts";
import type { PtpLook, TaiLook } from "./ptp_look.ts";
import { clockText, taiText, timescaleText, viewLines } from "./ptp_view.ts";

const NO_CHART = { masters: [], histogram: undefined };

function taiWith(given: Partial<TaiLook>, rest: Partial<PtpLook> = {}): string {
  return taiText({ ...LOOK, ...rest, tai: { ...LOOK.tai, ...given } });
}

describe("viewLines()", () => {
  it("shows everything of a client that is locked", () => {
    assert.deepEqual(viewLines(LOOK), [
      "PTP on eth0: domain 127, ST 2059-2:2015, UDP over IPv4, end-to-end delay",
      "",
      "clock   locked, may be off by 1.42 µs; rate +12.346 ppm; 1 step, the last of -1.20 s",
      "port    slave for 2 min; software stamps; Sync 8 a second, the last 0.1 s ago",
      "TAI     told by this process (4711) to all streamlib processes of this machine",
      "master  00-1B-21-FF-FE-5A-0C-77 port 1: the best of 2: priority 1 is 100, that of the next 128",
      "        class 6, synchronised to a primary reference; accuracy 100 ns; from GNSS",
      "        timescale TAI (tai), TAI - UTC 37 s, traceable",
      "path    delay 12.3 µs",
      "offset  last +120 ns; of 960 in the last minute or two:",
      "        mean -3 ns, rms 210 ns, deviation 210 ns, P99 639 ns, max 1.70 µs",
      "",
      "Masters heard",
      "     identity/port              address   priority  class  accuracy",
      "  *  00-1B-21-FF-FE-5A-0C-77/1  10.0.0.1  100, 128  6      100 ns    followed",
      "     00-1B-21-FF-FE-5A-0C-78/1  10.0.0.2  128, 128  248    unknown   priority 1 is 128, not 100",
      "",
      "Offsets, ours less the master's",
      "                              ▅▅▅▅████",
      "                              ████████",
      "                      ▅▅▅▅    ████████    ▄▄▄▄",
      "              ▁▁▁▁    ████    ████████    ████    ▁▁▁▁",
      "              ████    ████    ████████    ████    ████",
      "  -512 ns      -256 ns            0            +256 ns     +512 ns",
      "  outside: 3 behind, 5 ahead",
    ]);
  });

  it("shows what little there is while no master is heard, and what to do", () => {
    const tai: TaiLook = { ...LOOK.tai, source: "system", state: "free", errorNs: 90, publisherPid: 0 };
    assert.deepEqual(viewLines(lookWith(FREE, { ...NO_CHART, tai, mode: "observe" })), [
      "PTP on eth0: domain 127, ST 2059-2:2015, UDP over IPv4, end-to-end delay; measured only",
      "",
      "clock   free: nothing is known of a master's time",
      "port    listening; software stamps",
      "TAI     told by nobody: each process reads UTC of the system + 37 s once",
      "master  none",
      "path    delay not known",
      "offset  none measured",
      "",
      "! No master is heard for 12 s; see --interface and --domain, the cable, and",
      "  that no firewall stops UDP ports 319 and 320.",
    ]);
  });

  it("warns in plain sentences, broken at words", () => {
    const parent = { ...PARENT, timescale: "arbitrary-utc", flags: [], timeSource: 0xa0, clockClass: 248 } as const;
    const lines = viewLines(lookWith({ parent }, NO_CHART));
    assert.deepEqual(lines.slice(6, 8), [
      "        class 248, synchronised to nothing; accuracy 100 ns; from its own oscillator",
      "        timescale UTC (arbitrary-utc)",
    ]);
    assert.deepEqual(lines.slice(11), [
      "",
      "! The 37-second trap: the master sends UTC, as programs without a reference",
      "  do, so TAI is 37 s behind; set the master to TAI, or say that it is UTC here",
      "  on every machine that follows it: --timescale utc.",
      "",
      "! The master does not claim that its time is traceable: machines that follow",
      "  it agree with each other, not surely with the world.",
    ]);
  });

  it("shows the client of another process", () => {
    const tai = { ...LOOK.tai, publisherPid: 99 };
    const lines = viewLines({ ...LOOK, ...NO_CHART, mode: "watch", place: "", tai });
    assert.equal(lines[0], "PTP as process 99 of this machine follows it: domain 127, end-to-end delay");
    assert.equal(lines[4], "TAI     told by process 99 from PTP: locked, may be off by 1.42 µs");
    assert.deepEqual(viewLines({ ...LOOK, mode: "watch", statistics: undefined, tai: { ...tai, publisherPid: 0 } }), [
      "PTP: no process of this machine follows it",
      "",
      "TAI     told by nobody any more: all go on at the last rate, locked, may be off by 1.42 µs",
    ]);
  });

  it("shows a machine that leads", () => {
    const leading = { ...FREE, portState: "master", leadsUntraceable: true } as const;
    const messagesOut = { ...FREE.messagesOut, sync: 88 };
    const tai: TaiLook = { ...LOOK.tai, source: "system", publisherPid: 0 };
    assert.deepEqual(viewLines(lookWith({ ...leading, messagesOut }, { ...NO_CHART, tai })), [
      "PTP on eth0: domain 127, ST 2059-2:2015, UDP over IPv4, end-to-end delay",
      "",
      "clock   as it is told to this machine: it leads",
      "port    master; software stamps; 88 Sync sent, 0 delay requests heard",
      "TAI     told by nobody: each process reads UTC of the system + 37 s once",
      "master  this machine, 02-42-0A-FF-FE-00-00-02: no better one is heard",
      "",
      "! This machine leads, and its time is traceable to nothing: those who follow",
      "  it agree with each other and with nobody else.",
    ]);
  });

  it("names the grandmaster behind a boundary clock, and metadata of ST 2059-2", () => {
    const parent = { ...PARENT, grandmasterIdentity: SPARE.identity, stepsRemoved: 1 };
    const metadata = {
      frameRate: { num: 30000, den: 1001 },
      lockingStatus: 4,
      dropFrame: true,
      colorFrame: false,
      localOffsetS: -3563,
      jumpS: 0,
      nextJumpS: 0,
      nextJamS: 0,
      previousJamS: 0,
      previousJamLocalOffsetS: 0,
      daylightSaving: false,
      daylightSavingAfterJump: false,
      daylightSavingAtPreviousJam: false,
      leapSecondJump: false,
    };
    const lines = viewLines(lookWith({ parent, metadata }, NO_CHART));
    assert.equal(lines[5], "master  00-1B-21-FF-FE-5A-0C-77 port 1, 1 step from grandmaster 00-1B-21-FF-FE-5A-0C-78");
    assert.equal(lines[8], "        ST 2059-2: 30000/1001 frames a second, locked, local time TAI - 3563 s");
  });

  it("shows how far the grandmasters are only where one is not a neighbour", () => {
    const masters = [{ ...MASTER, stepsRemoved: 2 }];
    assert.deepEqual(viewLines({ ...LOOK, masters, histogram: undefined }).slice(-2), [
      "     identity/port              address   priority  class  accuracy  steps",
      "  *  00-1B-21-FF-FE-5A-0C-77/1  10.0.0.1  100, 128  6      100 ns    2      followed",
    ]);
  });

  it("says so when no Sync came", () => {
    const parent = { ...PARENT, syncLogInterval: undefined };
    assert.equal(
      viewLines(lookWith({ parent, syncHeardNs: undefined, masterSinceNs: undefined }))[3],
      "port    slave; software stamps; no Sync yet",
    );
    assert.match(viewLines(lookWith({ parent }))[3], /; Sync the last 0\.1 s ago$/);
  });

  it("draws no chart without offsets", () => {
    assert.equal(viewLines(lookWith({}, { masters: [], histogram: histogramOf([]) })).length, 11);
  });
});

describe("texts of the view", () => {
  it("say what is known of the clock before the first offset, and of steps by how much", () => {
    const clockOf = (given: Parameters<typeof lookWith>[0]): string => clockText(lookWith(given).statistics!);
    assert.equal(clockOf(FREE), "free: nothing is known of a master's time");
    assert.equal(
      clockOf({ clockState: "acquiring", offsets: undefined }),
      "acquiring: a master is heard, and its time is being measured",
    );
    assert.match(clockOf({ steps: 2, lastStepNs: 0 }), /; 2 steps$/);
  });

  it("say how long a holdover lasts", () => {
    const { statistics } = lookWith({ clockState: "holdover", holdoverSinceNs: 940_000_000_000n, steps: 0 });
    assert.equal(clockText(statistics!), "holdover for 60 s, may be off by 1.42 µs; rate +12.346 ppm");
  });

  it("say who tells TAI", () => {
    const bound = "may be off by 1.42 µs";
    assert.equal(
      taiWith({ isShared: false, refusal: "permission" }),
      "told by this process (4711) to itself alone (permission)",
    );
    assert.equal(
      taiWith({ publisherPid: 99 }),
      `told by process 99 from PTP: locked, ${bound}; this one takes over when that ends`,
    );
    assert.equal(
      taiWith({ publisherPid: 99, source: "kernel-followed" }, { mode: "observe" }),
      `told by process 99 from the kernel's clock: locked, ${bound}`,
    );
    assert.equal(
      taiWith({ publisherPid: 0, source: "kernel" }),
      "told by nobody: each process reads the kernel's TAI once",
    );
  });

  it("say what the master's time is, and what is added", () => {
    assert.equal(timescaleText({ ...PARENT, timescale: undefined, flags: [] }, 0), "timescale not known yet");
    assert.equal(
      timescaleText({ ...PARENT, timescale: "utc-as-tai" }, 37),
      "timescale UTC (utc-as-tai), TAI - UTC 37 s, " +
        "traceable, 37 s are added",
    );
    assert.equal(timescaleText({ ...PARENT, timescale: "far-away", flags: [] }, 0), "timescale of its own (far-away)");
  });
});
