/**
 * Pictures from machine to machine by multicast: two network namespaces, joined by virtual Ethernet.
 */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { after, before, describe, it } from "@std/testing/bdd";
import type { AudioRtpSendOptions } from "@streamlib/st2110";
import { hasProgram, reportAbsence } from "../needs.ts";
import { LEFT, Network } from "./st2110/network.ts";
import type { Peer } from "./st2110/peer.ts";
import type { ReceivedPicture, ReceiveOrder } from "./st2110/receive_program.ts";
import type { ReceivedSound } from "./st2110/receive_sound_program.ts";
import { SEEDS, type SendOrder } from "./st2110/send_program.ts";
import { Capture } from "./st2110/tshark.ts";

const TIMEOUT = { timeout: 60_000 };
const PORT = 5004;
const OTHERS = 100;
const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "st2110");
const RUN = process.versions.bun ? ["run"] : ["run", "-A", "--no-check"];

const canMake = canMakeNetwork();
const hasTshark = hasProgram("tshark", "marks and memberships of multicast on the wire");
const hasNft = hasProgram("nft", "ST 2110 over a network that loses packets");
let network: Network;

/** Tries it; says loudly where it may not or cannot be made. */
function canMakeNetwork(): boolean {
  if (!hasProgram("ip", "ST 2110 between two network namespaces")) return false;
  try {
    Network.make()[Symbol.dispose]();
    return true;
  } catch (thrown) {
    reportAbsence(`network namespaces, as for root: ST 2110 between two machines (${(thrown as Error).message})`);
    return false;
  }
}

function linesOf(peer: Peer): unknown[] {
  return String(peer.stdout).split("\n").slice(0, -1).map((line) => JSON.parse(line));
}

/** Starts a machine that sends; returns it with its description once it sends. */
async function send(order: SendOrder | AudioRtpSendOptions): Promise<{ machine: Peer; sdp: string }> {
  const machine = run(network.left, "picture" in order ? "send_program.ts" : "send_sound_program.ts", order);
  try {
    await machine.until(() => linesOf(machine).length > 0, "it sends");
    return { machine, sdp: linesOf(machine)[0] as string };
  } catch (thrown) {
    await machine[Symbol.asyncDispose]();
    throw thrown;
  }
}

/** Starts a machine that receives. */
function receive(order: ReceiveOrder): Peer {
  return run(network.right, "receive_program.ts", order);
}

/** Runs a program of ours on a machine. */
function run(machine: string, program: string, order: unknown): Peer {
  return network.start(machine, process.execPath, [...RUN, join(FOLDER, program), JSON.stringify(order)]);
}

/** What it has received, and its counters, when it has got enough. */
async function received(machine: Peer): Promise<[ReceivedPicture[], Record<string, number>]> {
  await machine.finished();
  const lines = linesOf(machine);
  return [lines.slice(1, -1) as ReceivedPicture[], lines.at(-1) as Record<string, number>];
}

/** Whole pictures of the machine whose seeds begin with `first`, one after another. */
function assertWhole(pictures: readonly ReceivedPicture[], first: number, count: number): void {
  assert.equal(pictures.length, count);
  for (const { wrongRows, missingRows } of pictures) assert.deepEqual([wrongRows, missingRows], [[], []]);
  const seeds = pictures.map(({ seed }) => seed);
  assert.deepEqual(seeds, seeds.map((_, i) => first + (seeds[0] - first + i) % SEEDS));
}

(canMake ? describe : describe.skip)("ST 2110 between two machines", () => {
  before(() => {
    network = Network.make();
  });
  after(() => network[Symbol.dispose]());

  it("receives the group and the sender that a description names, over IPv4", TIMEOUT, async () => {
    const address = "239.77.1.2";
    await using memberships = hasTshark
      ? await Capture.start({
        namespace: network.right,
        interface: "right0",
        filter: "igmp",
        fields: ["ip.src", "igmp.version", "igmp.record_type", "igmp.maddr", "igmp.saddr"],
      })
      : undefined;
    await using packets = hasTshark
      ? await Capture.start({
        namespace: network.right,
        interface: "right0",
        filter: `udp dst port ${PORT}`,
        fields: ["ip.src", "ip.ttl", "ip.dsfield.dscp"],
      })
      : undefined;
    const to = { address, port: PORT, interface: "left0" };
    const [wanted, other] = await Promise.all([
      send({ options: { ...to, localAddress: LEFT.ipv4, hops: 3 }, picture: 0, seed: 0 }),
      send({ options: { ...to, localAddress: LEFT.otherIpv4, dscp: 0 }, picture: 0, seed: OTHERS }),
    ]);
    await using _wanted = wanted.machine;
    await using _other = other.machine;
    assert.match(wanted.sdp, new RegExp(`a=source-filter: incl IN IP4 ${address} ${LEFT.ipv4}`));
    await using right = receive({
      options: { sdp: wanted.sdp, interface: "right0", missing: "drop" },
      picture: 0,
      seeds: [0, OTHERS],
      count: 20,
    });
    const [pictures, counters] = await received(right);
    assertWhole(pictures, 0, 20);
    assert.equal(counters.packetsOfOtherStreams, undefined);
    if (!memberships || !packets) return;
    // The senders are members as well, for reports of receivers.
    const reports = memberships.rows.filter((row) =>
      row["igmp.maddr"] === address && row["ip.src"] !== LEFT.ipv4 && row["ip.src"] !== LEFT.otherIpv4
    );
    assert.ok(reports.length > 0, JSON.stringify(memberships.rows));
    for (const row of reports) assert.deepEqual([row["igmp.version"], row["igmp.saddr"]], ["3", LEFT.ipv4]);
    const marks = new Set(packets.rows.map((row) => `${row["ip.src"]} ${row["ip.ttl"]} ${row["ip.dsfield.dscp"]}`));
    assert.deepEqual([...marks].sort(), [`${LEFT.ipv4} 3 34`, `${LEFT.otherIpv4} 64 0`]);
  });

  it("receives the group and the sender that a description names, over IPv6", TIMEOUT, async () => {
    const address = "ff15::7712";
    await using packets = hasTshark
      ? await Capture.start({
        namespace: network.right,
        interface: "right0",
        filter: `udp dst port ${PORT}`,
        fields: ["ipv6.src", "ipv6.hlim", "ipv6.tclass.dscp"],
      })
      : undefined;
    const options = { address, port: PORT, interface: "left0", localAddress: LEFT.ipv6, hops: 3 };
    const { machine, sdp } = await send({ options, picture: 1, seed: 0 });
    await using _machine = machine;
    await using right = receive({
      options: { sdp, interface: "right0", missing: "drop" },
      picture: 1,
      seeds: [0],
      count: 20,
    });
    const [pictures] = await received(right);
    assertWhole(pictures, 0, 20);
    if (!packets) return;
    const marks = new Set(packets.rows.map((row) => Object.values(row).join(" ")));
    assert.deepEqual([...marks], [`${LEFT.ipv6} 3 34`]);
  });

  it("receives a group on the interface that is asked for", TIMEOUT, async () => {
    const to = { address: "239.77.1.3", port: PORT };
    const [first, second] = await Promise.all([
      send({ options: { ...to, interface: "left0" }, picture: 0, seed: 0 }),
      send({ options: { ...to, interface: "left1" }, picture: 0, seed: OTHERS }),
    ]);
    await using _first = first.machine;
    await using _second = second.machine;
    const rights = (["right0", "right1"] as const).map((name) =>
      receive({ options: { ...to, interface: name, missing: "drop" }, picture: 0, seeds: [0, OTHERS], count: 10 })
    );
    await using _right0 = rights[0];
    await using _right1 = rights[1];
    const [[pictures0, counters0], [pictures1, counters1]] = await Promise.all(rights.map(received));
    assertWhole(pictures0, 0, 10);
    assertWhole(pictures1, OTHERS, 10);
    for (const counters of [counters0, counters1]) assert.equal(counters.packetsOfOtherStreams, undefined);
  });

  it("receives sound in packets of 125 µs, every sample", TIMEOUT, async () => {
    const to = { address: "239.77.1.5", port: PORT, interface: "left0", localAddress: LEFT.ipv4 };
    const { machine, sdp } = await send({ ...to, encoding: "L24", packetTimeMs: 0.125 });
    await using _machine = machine;
    await using right = run(network.right, "receive_sound_program.ts", { sdp, interface: "right0" });
    await right.finished();
    const { whole, frames, counters } = linesOf(right)[0] as ReceivedSound;
    assert.equal(whole, frames);
    assert.deepEqual([counters.samplesSilent, counters.packetsLost], [undefined, undefined], JSON.stringify(counters));
  });

  (hasNft ? it : it.skip)("says which rows a network has lost, does what was asked, and counts", TIMEOUT, async () => {
    const to = { address: "239.77.1.4", port: PORT };
    // Every 400th datagram: a picture has 240.
    for (
      const rule of [
        "add table inet loss",
        "add chain inet loss in { type filter hook input priority 0; }",
        `add rule inet loss in ip daddr ${to.address} udp dport ${PORT} numgen inc mod 400 == 100 counter drop`,
      ]
    ) network.run(network.right, "nft", rule);
    const rights = (["drop", "conceal", "deliver"] as const).map((missing) =>
      receive({ options: { ...to, interface: "right0", missing }, picture: 0, seeds: [0], count: 24 })
    );
    await using _drop = rights[0];
    await using _conceal = rights[1];
    await using _deliver = rights[2];
    await Promise.all(rights.map((right) => right.untilSaid(/^"ready"$/m)));
    // Runs of datagrams that the kernel cuts go over this network uncut, and would be lost as one.
    const { machine } = await send({
      options: { ...to, interface: "left0", segmentOffload: false },
      picture: 0,
      seed: 0,
    });
    await using _machine = machine;
    const [[dropped, dropCounters], [concealed, concealCounters], [delivered, deliverCounters]] = await Promise.all(
      rights.map(received),
    );
    const rules = network.run(network.right, "nft", "list", "table", "inet", "loss");
    const lost = Number(/counter packets (\d+)/.exec(rules)![1]);
    assert.ok(lost > 0, rules);

    for (const { wrongRows, missingRows } of dropped) assert.deepEqual([wrongRows, missingRows], [[], []]);
    assert.ok(dropCounters.itemsDiscarded > 0, JSON.stringify(dropCounters));
    for (const pictures of [concealed, delivered]) {
      const seeds = pictures.map(({ seed }) => seed);
      assert.deepEqual(seeds, seeds.map((_, i) => (seeds[0] + i) % SEEDS));
      for (const { wrongRows, missingRows } of pictures) {
        const said = missingRows.flatMap(([first, count]) => Array.from({ length: count }, (_, i) => first + i));
        assert.deepEqual(wrongRows, said);
      }
      assert.ok(pictures.some(({ wrongRows }) => wrongRows.length > 0));
    }
    const rows = concealed.reduce((sum, { wrongRows }) => sum + wrongRows.length, 0);
    assert.ok(concealCounters.rowsConcealed >= rows && rows > 0, JSON.stringify(concealCounters));
    for (const counters of [dropCounters, concealCounters, deliverCounters]) {
      assert.ok(counters.packetsLost > 0 && counters.packetsLost <= lost, `${JSON.stringify(counters)}, ${rules}`);
    }
  });
});
