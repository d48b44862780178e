import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { isStreamError } from "../errors.ts";
import { type PortLease, PortRegistry, udpPorts } from "./port_registry.ts";
import { bindUdp, type BoundUdp } from "./udp_bind.ts";

const timeout = 60_000;
/** A range of this test alone. */
const FIRST = 41_000;
const host = "127.0.0.1";

const open: (PortLease | BoundUdp)[] = [];

async function holding<T extends PortLease | BoundUdp>(made: Promise<T | string>): Promise<T> {
  const one = await made;
  if (typeof one === "string") throw new Error(`Cannot bind: ${one}`);
  open.push(one);
  return one;
}

afterEach(async () => {
  for (const one of open.splice(0)) await ("release" in one ? one.release() : one.close());
});

function registry(pairs = 8): PortRegistry {
  return new PortRegistry({ first: FIRST, last: FIRST + 2 * (pairs - 1) });
}

describe("PortRegistry", () => {
  it("gives out even ports upwards, keeps both bound, and lists who has them", { timeout }, async () => {
    const ports = registry();
    const a = await holding(ports.claim({ owner: 'Bars "a" output video', host }));
    const b = await holding(ports.claim({ owner: 'Bars "b" output video', host: "239.0.0.1", bind: host }));
    assert.deepEqual([a.port, b.port], [FIRST, FIRST + 2]);
    assert.deepEqual(ports.list(), [
      { owner: 'Bars "a" output video', host, port: FIRST },
      { owner: 'Bars "b" output video', host: "239.0.0.1", port: FIRST + 2 },
    ]);
    for (const port of [FIRST, FIRST + 1, FIRST + 2, FIRST + 3]) {
      assert.equal(await bindUdp(host, port), "EADDRINUSE", `${port}`);
    }
  });

  it("hands the ports over, and still gives them to nobody else", { timeout }, async () => {
    const ports = registry();
    const a = await holding(ports.claim({ owner: "a", host }));
    await a.handOver();
    await holding(bindUdp(host, a.port));
    await holding(bindUdp(host, a.port + 1));
    assert.equal((await holding(ports.claim({ owner: "b", host }))).port, FIRST + 2);
    const c = registry().claim({ owner: "c", host });
    assert.equal((await holding(c)).port, FIRST + 4, "another registry finds out by binding");
  });

  it("passes by a pair of which one port is bound, and leaves the other one free", { timeout }, async () => {
    await holding(bindUdp(host, FIRST));
    await holding(bindUdp("0.0.0.0", FIRST + 3));
    assert.equal((await holding(registry().claim({ owner: "a", host }))).port, FIRST + 4);
    await holding(bindUdp(host, FIRST + 2));
  });

  it("never gives one port to two that ask at once", { timeout }, async () => {
    const ports = registry(16);
    const leases = await Promise.all(Array.from({ length: 16 }, (_, i) => ports.claim({ owner: `${i}`, host })));
    open.push(...leases);
    assert.equal(new Set(leases.map(({ port }) => port)).size, 16);
    assert.equal(ports.list().length, 16);
  });

  it("gives a released port out again", { timeout }, async () => {
    const ports = registry();
    const a = await ports.claim({ owner: "a", host });
    await Promise.all([a.release(), a.release()]);
    assert.deepEqual(ports.list(), []);
    const b = await holding(ports.claim({ owner: "b", host }));
    assert.equal(b.port, FIRST);
    await a.release();
    assert.deepEqual(ports.list().map(({ owner }) => owner), ["b"], "a late release takes nothing from the next");
  });

  it("gives out the asked-for port, also outside of the range", { timeout }, async () => {
    const ports = registry(2);
    const lease = await holding(ports.claim({ owner: "a", host, port: FIRST + 10 }));
    assert.equal(lease.port, FIRST + 10);
    assert.deepEqual(ports.list(), [{ owner: "a", host, port: FIRST + 10 }]);
  });

  it("says who has the asked-for port", { timeout }, async () => {
    const ports = registry();
    await holding(ports.claim({ owner: 'Bars "a" output video', host, port: FIRST + 4 }));
    await assert.rejects(ports.claim({ owner: 'Bars "b" output video', host, port: FIRST + 4 }), {
      code: "resource",
      message: `Cannot give UDP port ${FIRST + 4} to Bars "b" output video: Bars "a" output video has it; ` +
        "ask for another even port, or leave it out",
    });
    await holding(bindUdp(host, FIRST));
    await assert.rejects(ports.claim({ owner: "b", host, port: FIRST }), {
      code: "resource",
      message: /: it is bound by another program, or by this one without a claim; ask for another/,
    });
    await holding(bindUdp(host, FIRST + 3));
    await assert.rejects(ports.claim({ owner: "b", host, port: FIRST + 2 }), {
      message: new RegExp(`: ${FIRST + 3}, which it needs for RTCP, is bound by another program`),
    });
  });

  it("refuses wrong ports, ranges and addresses", { timeout }, async () => {
    const ports = registry();
    for (const port of [5005, 0, -2, 65_536, 4.5, NaN]) {
      await assert.rejects(ports.claim({ owner: "a", host, port }), {
        code: "option-invalid",
        message: `Cannot give UDP port ${port} to a: an even port from 2 to 65534 is right, or leave it out`,
      });
    }
    for (const range of [{ first: 5005 }, { last: 65_536 }, { first: 6000, last: 5998 }]) {
      assert.throws(() => new PortRegistry(range), RangeError);
    }
    await assert.rejects(ports.claim({ owner: "a", host, bind: "203.0.113.9" }), {
      code: "resource",
      message: "Cannot find a UDP port for a: 203.0.113.9 cannot be bound: it is no address of this machine",
    });
    assert.deepEqual(ports.list(), []);
  });

  it("says so when no port is left", { timeout }, async () => {
    const ports = registry(2);
    await holding(ports.claim({ owner: "a", host }));
    await holding(bindUdp(host, FIRST + 3));
    await assert.rejects(ports.claim({ owner: "b", host }), {
      code: "resource",
      message: `Cannot find a UDP port for b: no even port from ${FIRST} to ${FIRST + 2} is free together with the ` +
        "one above it; stop what has them",
    });
  });

  it("finds ports of the other address family where there is one", { timeout }, async () => {
    const tried = await registry().claim({ owner: "a", host: "::1", bind: "::1" }).catch((thrown) => thrown);
    if (isStreamError(tried)) return assert.equal(tried.code, "resource", "a machine without IPv6 says so");
    open.push(tried);
    assert.equal(await bindUdp("::1", tried.port), "EADDRINUSE");
  });

  it("is one for the program, from 5004 up, and does not keep it alive", { timeout }, () => {
    const url = new URL("./port_registry.ts", import.meta.url).href;
    const program = `const { udpPorts } = await import(${JSON.stringify(url)});` +
      `const { port } = await udpPorts.claim({ owner: "a", host: "127.0.0.1" });` +
      `console.log(port >= 5004 && port % 2 === 0);`;
    const given = process.versions.bun ? ["-e", program] : ["eval", "--no-check", program];
    const { stdout, status, stderr } = spawnSync(process.execPath, given, { encoding: "utf8", timeout: 20_000 });
    assert.equal(status, 0, stderr);
    assert.equal(stdout.trim(), "true");
    assert.ok(udpPorts instanceof PortRegistry);
  });
});

describe("name()", () => {
  it("lists a port of another machine, keeps it from others, and gives it back", async () => {
    const registry = new PortRegistry({ first: 26_000 });
    const stream = registry.name({ owner: "first", host: "192.0.2.1", port: 26_000 });
    const elsewhere = registry.name({ owner: "second", host: "192.0.2.2", port: 26_000 });
    assert.deepEqual(registry.list().map(({ owner }) => owner), ["first", "second"]);
    assert.throws(
      () => registry.name({ owner: "third", host: "192.0.2.1", port: 26_000 }),
      (thrown) =>
        isStreamError(thrown) && thrown.code === "resource" &&
        /^Cannot send third to 192\.0\.2\.1 port 26000: first goes there;/.test(thrown.message),
    );
    const claimed = await registry.claim({ owner: "fourth", host: "127.0.0.1" });
    assert.notEqual(claimed.port, 26_000);
    for (const lease of [stream, elsewhere, claimed]) await lease.release();
    await stream.release();
    assert.deepEqual(registry.list(), []);
  });
});
