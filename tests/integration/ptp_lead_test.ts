/**
 * PTP with linuxptp: slaves that are not ours. Every ptp4l leaves its clock alone, and no program here may set one.
 */
import assert from "node:assert/strict";
import { after, before, it } from "@std/testing/bdd";
import { PtpCapture, type PtpMessage } from "../ptp/capture.ts";
import { Client } from "../ptp/client.ts";
import type { PlainConfig } from "../ptp/client_program.ts";
import { assertClean, type Case, describeInterop, FAST, hasTshark, NEAR_NS, ST_2059, TIMEOUT } from "../ptp/interop.ts";
import { INTERFACE, Network } from "../ptp/network.ts";
import { Ptp4l } from "../ptp/ptp4l.ts";
import { assertHeaders, ofType, sentBy, valuesOf } from "../ptp/wire.ts";

const ONE_STEP = { twoStep: false };

describeInterop("PTP with ptp4l that follow us", () => {
  const cases: Readonly<Record<string, Case>> = {
    "end to end, in two steps": { ours: ledBy(0, FAST), theirs: { domain: 0 } },
    "end to end, in one step": { ours: ledBy(1, { ...FAST, grandmaster: ONE_STEP }), theirs: { domain: 1 } },
    "peer to peer, in two steps": {
      ours: ledBy(2, { ...FAST, delayMechanism: "peer-to-peer" }),
      theirs: { domain: 2, delayMechanism: "p2p" },
    },
    "peer to peer, in one step": {
      ours: ledBy(3, { ...FAST, delayMechanism: "peer-to-peer", grandmaster: ONE_STEP }),
      theirs: { domain: 3, delayMechanism: "p2p" },
    },
    "end to end over IPv6": {
      ours: ledBy(4, { ...FAST, transport: "udp6" }),
      theirs: { domain: 4, transport: "udp6" },
    },
    "as ST 2059-2 of 2015": { ours: ledBy(127, { profile: "st2059-2:2015" }), theirs: { domain: 127, ...ST_2059 } },
    "as ST 2059-2 of 2021": {
      ours: ledBy(126, { profile: "st2059-2:2021" }),
      theirs: { domain: 126, announceInterval: 0, syncInterval: -3 },
    },
  };
  /** Announce, Sync, Delay_Resp. */
  const intervals: Readonly<Record<number, readonly string[]>> = { 127: ["-2", "-3", "-3"], 126: ["0", "-3", "-3"] };
  let network: Network<"ours" | "followers">;
  let capture: PtpCapture | undefined;
  const followers: Record<string, Ptp4l> = {};
  let client: Client;

  before(async () => {
    network = await Network.make(["ours", "followers"]);
    if (hasTshark) capture = await PtpCapture.start(network.at("ours").machine);
    client = Client.start(
      network.at("ours").machine,
      Object.fromEntries(Object.entries(cases).map(([name, { ours }]) => [name, ours])),
    );
    for (const [name, { theirs }] of Object.entries(cases)) {
      followers[name] = Ptp4l.start(network.at("followers").machine, { ...theirs, role: "slave" });
    }
  }, TIMEOUT);
  after(async () => {
    for (const one of [client, ...Object.values(followers), capture]) await one?.[Symbol.asyncDispose]();
    network?.[Symbol.dispose]();
  });

  for (const [name, { ours, theirs }] of Object.entries(cases)) {
    it(`gives them the time, ${name}`, TIMEOUT, async () => {
      const found = await client.until(name, ({ portState }) => portState === "master", "it leads");
      assert.equal(found.leadsUntraceable, true);
      const follower = followers[name];
      const [measured] = (await follower.untilMeasured(2)).slice(-1);
      assert.doesNotMatch(follower.log, /FAULT/);
      assert.ok(Math.abs(measured.offsetNs) < NEAR_NS, `${measured.offsetNs} ns off`);
      const twoStep = ours.grandmaster?.twoStep ?? true;
      // In one step it is foretold when a Sync leaves: it may leave before that.
      const leastNs = twoStep ? 1 : -NEAR_NS;
      assert.ok(measured.pathDelayNs >= leastNs && measured.pathDelayNs < NEAR_NS, `${measured.pathDelayNs} ns away`);
      const { identity } = network.at("ours");
      const said = await follower.ask("PARENT_DATA_SET");
      assert.equal(said.grandmasterIdentity.replaceAll(".", ""), identity);
      assertClean(client.statistics(name)!);
      if (capture === undefined) return;
      const isOurs = (all: readonly PtpMessage[]) => sentBy(all, identity, theirs.domain!);
      const all = await capture.until((all) => ofType(isOurs(all), "announce").length >= 4, "4 Announces");
      const sent = isOurs(all);
      assertHeaders(sent);
      const [announce, sync, answer] = intervals[theirs.domain!] ?? ["-3", "-4", "-4"];
      // PTP timescale and a valid difference to UTC; nothing traceable.
      assert.deepEqual(
        valuesOf(
          ofType(sent, "announce"),
          ...["flags", "logInterval", "utcOffset", "stepsRemoved", "grandmaster", "clockClass"] as const,
          ...["clockAccuracy", "clockVariance", "priority1", "priority2", "timeSource"] as const,
        ),
        [`0x000c ${announce} 37 0 0x${identity} 248 0xfe 65535 128 128 0xa0`],
      );
      const syncs = ofType(sent, "sync");
      const seconds = ofType(sent, "followUp");
      assert.deepEqual(valuesOf(syncs, "flags", "logInterval"), [`${twoStep ? "0x0200" : "0x0000"} ${sync}`]);
      if (twoStep) {
        assert.deepEqual(valuesOf(seconds, "flags", "logInterval"), [`0x0000 ${sync}`]);
        const numbers = seconds.map(({ sequence }) => sequence);
        assert.deepEqual(numbers, syncs.map(({ sequence }) => sequence).slice(0, numbers.length));
      } else {
        assert.equal(seconds.length, 0);
        for (const { originSeconds } of syncs) assert.ok(Number(originSeconds) > 1.7e9, originSeconds);
      }
      const follower2 = `0x${network.at("followers").identity}`;
      if (ours.delayMechanism === "peer-to-peer") {
        assert.deepEqual(
          valuesOf(ofType(sent, "pdelayResp"), "flags", "logInterval", "pdelayRequester"),
          [`0x0200 127 ${follower2}`],
        );
      } else {
        assert.deepEqual(
          valuesOf(ofType(sent, "delayResp"), "flags", "logInterval", "delayRequester"),
          [`0x0000 ${answer} ${follower2}`],
        );
      }
    });
  }
});

describeInterop("PTP with a ptp4l that asks us for unicast", () => {
  it("grants it what it asks for", TIMEOUT, async () => {
    using network = await Network.make(["ours", "follower"]);
    const ours = network.at("ours");
    await using client = Client.start(ours.machine, { one: ledBy(0, { ...FAST, grandmaster: { multicast: false } }) });
    await client.until("one", ({ portState }) => portState === "master", "it leads");
    await using follower = Ptp4l.start(network.at("follower").machine, { role: "slave", unicast: [ours.ipv4] });
    const [measured] = (await follower.untilMeasured(2)).slice(-1);
    assert.ok(Math.abs(measured.offsetNs) < NEAR_NS, `${measured.offsetNs} ns off`);
    const { messagesOut, counters } = client.statistics("one")!;
    assert.ok(messagesOut.signaling > 0 && messagesOut.delayResp > 0, JSON.stringify(messagesOut));
    assert.equal(counters.unicastRefusals, 0);
  });
});

/** A client of ours that leads. */
function ledBy(domain: number, config: Partial<PlainConfig>): PlainConfig {
  return { interface: INTERFACE, domain, grandmaster: {}, ...config };
}
