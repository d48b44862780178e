import { stopAll } from "@streamlib/core";
import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { closeSync } from "node:fs";
import type { TransportSubject } from "./streams.ts";
import { leftOpen, type LoopFault, registerLoop } from "./testdata/loop_transport.ts";
import { mustCatch, mustPass, type Mutant } from "./testdata/mutants.ts";
import { transportChecks } from "./transport_checks.ts";

const timeout = 120_000;
const address = "127.0.0.1";

/** What a fault is caught by, and what the check says. */
const SAYS: Readonly<Record<Exclude<LoopFault, "none">, RegExp>> = {
  name: /it sends at port \d+; \d+ is right/,
  port: /it takes port 40001; an even one from 5004 is right/,
  "port-released": /port \d+ is still listed after stop\(\); none is right/,
  arrives: /\d+ of \d+ items have other bytes than were sent/,
  order: /what was sent as \d+ comes after \d+/,
  stamps: /a stamp is 1000000000 ns off; at most 100000 is right/,
  beside: /the output of the source found no free slot \d+ times/,
  stop: /it does not want to/,
  restart: /port \d+ is taken/,
  "sender-restart": /item \d+ did not come/,
  format: /it fails with what is that; format-invalid is right/,
  nobody: /what sends is failed: .*nobody listens; running is right/,
  "peer-gone": /what sends is failed; running is right/,
  cut: /onStop\(\) hangs/,
  description: /by the description \d+ items come with other bytes than were sent/,
  refuses: /there was no error/,
  "nothing-left": /after 6 rounds \d+ descriptors are left open; none is right/,
};

function subject(fault: LoopFault): TransportSubject {
  return {
    name: registerLoop(fault),
    items: { data: Array.from({ length: 40 }, (_, value) => ({ value })) },
    otherItems: { data: Array.from({ length: 40 }, (_, value) => ({ other: value })) },
    sendsTo: (port) => ({ address, ...(port === undefined ? {} : { port }) }),
    receivesFrom: (port) => ({ address, port }),
  };
}

describe("checks of transports", () => {
  after(async () => {
    await stopAll();
    for (const descriptor of leftOpen) closeSync(descriptor);
  });

  it("find nothing wrong with a good one", { timeout }, async () => {
    assert.deepEqual(await mustPass(transportChecks, subject("none")), []);
  });

  it("each catch a broken one, and say what is wrong", { timeout }, async () => {
    const mutants = Object.entries(SAYS).map(([fault, says]) => {
      const one: Mutant<TransportSubject> = { subject: subject(fault as LoopFault), says };
      return [`transport-${fault}`, one] as const;
    });
    await mustCatch(transportChecks, Object.fromEntries(mutants));
  });
});
