/**
 * PTP with linuxptp: masters that change, machines of which something goes, programs without privileges. Every ptp4l leaves its clock alone, and no program here may set one.
 */
import assert from "node:assert/strict";
import { it } from "@std/testing/bdd";
import { Client, hex, largestJumpNs } from "../ptp/client.ts";
import type { PlainStatistics } from "../ptp/client_program.ts";
import { assertClean, describeInterop, isLocked, NEAR_NS, OURS, TIMEOUT } from "../ptp/interop.ts";
import { INTERFACE, Network } from "../ptp/network.ts";
import { Ptp4l } from "../ptp/ptp4l.ts";

/** What nobody's TAI may do when the master changes. */
const JUMP_NS_MAX = 100_000;

describeInterop("PTP with two ptp4l that could lead", () => {
  it("follows the better one, the other one after its death, and it again, without a jump", TIMEOUT, async () => {
    using network = await Network.make(["leaders", "ours"]);
    const { machine } = network.at("leaders");
    const identities = { better: "0200000000000001", other: "0200000000000002" };
    const lead = () => Ptp4l.start(machine, { priority1: 10, identity: identities.better });
    await using _other = Ptp4l.start(machine, { priority1: 20, identity: identities.other });
    const better = lead();
    await using client = Client.start(network.at("ours").machine, {
      one: { ...OURS, domain: 0, clockError: { ppb: 50_000, wanderPpb: 100, wanderPeriodS: 60 } },
    });
    const follows = (name: "better" | "other") => (found: PlainStatistics) =>
      isLocked(found) && hex(found.parent!.identity) === identities[name];
    const first = await client.until("one", follows("better"), "it follows the better one");
    const from = client.reports.length;
    await better[Symbol.asyncDispose]();
    const second = await client.until("one", follows("other"), "it follows the other one");
    await client.until("one", ({ counters }) => counters.offsetsUsed > second.counters.offsetsUsed + 20, "20 more");
    await using _again = lead();
    const third = await client.until("one", follows("better"), "it follows the better one again");
    const last = await client.until(
      "one",
      (found) => follows("better")(found) && found.counters.offsetsUsed > third.counters.offsetsUsed + 20,
      "20 more",
    );
    assert.equal(last.masterChanges - first.masterChanges, 2);
    assertClean(last);
    // Both answer whom we ask.
    assert.ok(last.counters.notParent > 0);
    const jumpNs = largestJumpNs(client.samples(from));
    assert.ok(jumpNs <= JUMP_NS_MAX, `TAI jumped by ${jumpNs} ns`);
  });
});

describeInterop("PTP on a machine of which something goes", () => {
  it("goes on when the process that tells the time is killed, and when the cable was pulled", TIMEOUT, async () => {
    using network = await Network.make(["leader", "ours"]);
    await using _leader = Ptp4l.start(network.at("leader").machine);
    const { machine } = network.at("ours");
    const config = { ...OURS, domain: 0, clockError: { ppb: -20_000 } };
    const first = Client.start(machine, { one: config }, { closes: false });
    await first.until("one", isLocked, "it locks");
    await using second = Client.start(machine, { one: config });
    const other = await second.until("one", isLocked, "it locks, too");
    assert.deepEqual([other.isPublisher, first.statistics("one")!.isPublisher], [false, true]);
    assert.ok(other.publisherPid > 0);
    await second.untilTai(({ trueErrorNs }) => Math.abs(trueErrorNs) < NEAR_NS, "it has the time of the first");
    const from = second.reports.length;
    await first[Symbol.asyncDispose]();
    const taken = await second.until("one", (found) => found.isPublisher && isLocked(found), "it tells the time");
    await second.until("one", ({ counters }) => counters.offsetsUsed > taken.counters.offsetsUsed + 20, "20 more");
    machine.run(["ip", "link", "set", INTERFACE, "down"]);
    const faulty = await second.until("one", ({ portState }) => portState === "faulty", "it is faulty");
    assert.equal(faulty.fault, "interface-down");
    machine.run(["ip", "link", "set", INTERFACE, "up"]);
    const last = await second.until(
      "one",
      (found) => isLocked(found) && found.counters.offsetsUsed > faulty.counters.offsetsUsed + 20,
      "it locks again",
    );
    assert.deepEqual([last.fault, last.counters.faults], [undefined, 1]);
    const jumpNs = largestJumpNs(second.samples(from));
    assert.ok(jumpNs <= JUMP_NS_MAX, `TAI jumped by ${jumpNs} ns`);
  });
});

describeInterop("PTP without privileges", () => {
  it("says what the ports need, and runs where they are free for all", TIMEOUT, async () => {
    using network = await Network.make(["leader", "ours"]);
    await using _leader = Ptp4l.start(network.at("leader").machine);
    const { machine } = network.at("ours");
    const config = { ...OURS, domain: 0, unicastDelay: true };
    await using refused = Client.start(machine, { one: config }, { readsTai: false, isUnprivileged: true });
    await assert.rejects(refused.finished(), (thrown: Error) => {
      for (const remedy of ["net.ipv4.ip_unprivileged_port_start to 319", "cap_net_bind_service", "streamlib ptp"]) {
        assert.ok(thrown.message.includes(remedy), `${remedy} in ${thrown.message}`);
      }
      return true;
    });
    machine.run(["sysctl", "-q", "-w", "net.ipv4.ip_unprivileged_port_start=319"]);
    await using client = Client.start(machine, { one: config }, { readsTai: false, isUnprivileged: true });
    await client.until("one", isLocked, "it locks");
  });
});
