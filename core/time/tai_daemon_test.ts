import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { daemonAmong, runningCommands } from "./tai_daemon.ts";

describe("daemonAmong()", () => {
  it("knows who disciplines a clock by the names of what runs", () => {
    assert.equal(daemonAmong([]), undefined);
    assert.equal(daemonAmong(["bash\n", "chronyd2\n", "chronyc"]), undefined);
    assert.equal(daemonAmong(["bash\n", "chronyd\n"]), "chronyd");
    assert.equal(daemonAmong(["systemd-timesyn\n", "systemd-udevd"]), "systemd-timesyncd");
    assert.equal(daemonAmong(["ntpd"]), "ntpd");
  });

  it("takes who sets the kernel's clock before who may not", () => {
    assert.equal(daemonAmong(["ptp4l", "phc2sys", "chronyd"]), "phc2sys");
    assert.equal(daemonAmong(["ptp4l", "chronyd"]), "chronyd");
    assert.equal(daemonAmong(["ptp4l"]), "ptp4l");
  });
});

describe("runningCommands()", () => {
  it("reads the names of programs, and leaves out who has ended", () => {
    const root = mkdtempSync(join(tmpdir(), "streamlib-proc-"));
    try {
      for (const [pid, command] of [["1", "init\n"], ["42", "chronyd\n"], ["43", undefined], ["self", "none\n"]]) {
        mkdirSync(join(root, pid!));
        if (command) writeFileSync(join(root, pid!, "comm"), command);
      }
      assert.equal(daemonAmong(runningCommands(root)), "chronyd");
      assert.deepEqual([...runningCommands(root)].sort(), ["chronyd\n", "init\n"]);
      assert.deepEqual(runningCommands(join(root, "nowhere")), []);
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  it("sees this process", { skip: !existsSync("/proc/self") }, () => {
    assert.ok(runningCommands().length > 0);
  });
});
