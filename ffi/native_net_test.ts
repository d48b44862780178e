import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { load } from "./mod.ts";
import { socketBufferWarning } from "./native_net.ts";

const net = load().net;

describe("NativeNet", () => {
  it("capabilities() says what the kernel has and how long its buffers can be", () => {
    const found = net.capabilities();
    const limit = (name: string): number => Number(readFileSync(`/proc/sys/net/core/${name}`, "utf8"));
    assert.equal(found.receiveBufferBytesMax, limit("rmem_max"));
    assert.equal(found.sendBufferBytesMax, limit("wmem_max"));
    assert.equal(found.fairQueue, undefined);
    // UDP_GRO is newer than UDP_SEGMENT.
    assert.ok(found.gso || !found.gro);
    for (const flag of [found.gso, found.gro, found.txTime, found.pacingRate]) assert.equal(typeof flag, "boolean");
  });

  it("capabilities() of an interface says whether it has the queue that paces", () => {
    // The loopback interface has no queue, unless somebody gave it one.
    const { fairQueue, ...others } = net.capabilities("lo");
    assert.notEqual(fairQueue, undefined);
    assert.deepEqual({ ...others, fairQueue: undefined }, net.capabilities());
    assert.equal(net.capabilities("999999999").fairQueue, undefined);
    assert.throws(() => net.capabilities("no-such-if"), TypeError);
  });

  it("interfaceIndex() is the index by name", () => {
    assert.equal(net.interfaceIndex("lo"), Number(readFileSync("/sys/class/net/lo/ifindex", "utf8")));
    assert.throws(() => net.interfaceIndex("no-such-if"), TypeError);
  });
});

describe("socketBufferWarning()", () => {
  it("says nothing where the kernel gave what was asked for", () => {
    assert.equal(socketBufferWarning(1000, 1000, "receive"), undefined);
    assert.equal(socketBufferWarning(1000, 2304, "send"), undefined);
    assert.equal(socketBufferWarning(0, 212992, "receive"), undefined);
  });

  it("names both sizes and the setting that mends it", () => {
    assert.equal(
      socketBufferWarning(16777216, 212992, "receive"),
      "The receive buffer of the socket has 212992 bytes instead of 16777216: packets can be lost while the thread does " +
        'not run; raise the limit with "sysctl -w net.core.rmem_max=16777216", or give the process CAP_NET_ADMIN',
    );
    assert.match(socketBufferWarning(2, 1, "send")!, /send buffer .* 1 bytes instead of 2: .*net\.core\.wmem_max=2"/);
  });
});
