/**
 * PTP with linuxptp: a master that is not ours. Every ptp4l leaves its clock alone, and no program here may set one.
 */
import assert from "node:assert/strict";
import { after, before, it } from "@std/testing/bdd";
import { MESSAGE, PtpCapture, type PtpMessage } from "../ptp/capture.ts";
import { Client, hex } from "../ptp/client.ts";
import {
  assertClean,
  type Case,
  describeInterop,
  FAST,
  hasTshark,
  isLocked,
  NEAR_NS,
  OURS,
  ST_2059,
  TIMEOUT,
} from "../ptp/interop.ts";
import { INTERFACE, Network } from "../ptp/network.ts";
import { Ptp4l } from "../ptp/ptp4l.ts";
import { assertHeaders, ofType, sentBy, unicastOf, valuesOf } from "../ptp/wire.ts";

describeInterop("PTP with a ptp4l that leads", () => {
  const cases: Readonly<Record<string, Case>> = {
    "end to end over IPv4": { ours: { ...OURS, domain: 0 }, theirs: { domain: 0 } },
    "peer to peer over IPv4": {
      ours: { ...OURS, domain: 1, delayMechanism: "peer-to-peer", ...FAST },
      theirs: { domain: 1, delayMechanism: "p2p" },
    },
    "end to end over IPv6": {
      ours: { ...OURS, domain: 2, transport: "udp6" },
      theirs: { domain: 2, transport: "udp6" },
    },
    "peer to peer over IPv6": {
      ours: { ...OURS, domain: 3, transport: "udp6", delayMechanism: "peer-to-peer", ...FAST },
      theirs: { domain: 3, transport: "udp6", delayMechanism: "p2p" },
    },
    "as ST 2059-2": {
      ours: { ...OURS, domain: 127, profile: "st2059-2:2015" },
      theirs: { domain: 127, ...ST_2059 },
    },
  };
  let network: Network<"leader" | "ours">;
  let capture: PtpCapture | undefined;
  let leaders: Ptp4l[] = [];
  let client: Client;

  before(async () => {
    network = await Network.make(["leader", "ours"]);
    const { machine } = network.at("ours");
    if (hasTshark) capture = await PtpCapture.start(machine);
    leaders = Object.values(cases).map(({ theirs }) => Ptp4l.start(network.at("leader").machine, theirs));
    const ours = Object.fromEntries(
      Object.entries(cases).map(([name, { ours }], i) => [
        name,
        { ...ours, disciplines: i === 0, ...i === 0 ? { clockError: { ppb: 50_000 } } : {} },
      ]),
    );
    client = Client.start(machine, ours);
  }, TIMEOUT);
  after(async () => {
    for (const one of [client, ...leaders, capture]) await one?.[Symbol.asyncDispose]();
    network?.[Symbol.dispose]();
  });

  for (const [name, { ours, theirs }] of Object.entries(cases)) {
    it(`locks, ${name}, five domains in one process`, TIMEOUT, async () => {
      const found = await client.until(
        name,
        (found) => isLocked(found) && found.pathDelayNs! > 0 && found.pathDelayNs! < NEAR_NS,
        "it locks, with a path as short as it is",
      );
      const { identity } = network.at("leader");
      assert.equal(hex(found.parent!.grandmasterIdentity), identity);
      assert.equal(hex(found.identity), network.at("ours").identity);
      const { parent } = found;
      assert.deepEqual(
        [parent!.priority1, parent!.clockClass, parent!.stepsRemoved, parent!.timescale, parent!.syncLogInterval],
        [10, 248, 0, "arbitrary-utc", theirs.syncInterval ?? -4],
      );
      assert.equal(found.domain, theirs.domain);
      assert.equal(found.isPublisher, theirs.domain === 0);
      assert.equal(found.severalPeers, false);
      assertClean(found);
      if (theirs.domain === 0) {
        await client.until(
          name,
          ({ frequencyPpb }) => Math.abs(frequencyPpb + 50_000) < 5_000,
          "it has found the error of its clock",
        );
        await client.untilTai(
          ({ trueErrorNs }) => Math.abs(trueErrorNs) < NEAR_NS,
          "its TAI is the master's",
        );
      }
      if (capture === undefined) return;
      const isOurs = (all: readonly PtpMessage[]) => sentBy(all, network.at("ours").identity, ours.domain!);
      const asks = ours.delayMechanism === "peer-to-peer" ? "pdelayReq" : "delayReq";
      const all = await capture.until((all) => ofType(isOurs(all), asks).length >= 20, "20 questions are on the wire");
      const sent = isOurs(all);
      assertHeaders(sent);
      const from = (ours.transport === "udp6") ? "ipv6" : "ipv4";
      assert.equal(valuesOf(sent, from).length, 1);
      if (from === "ipv4") assert.deepEqual(valuesOf(sent, "ipv4"), [network.at("ours").ipv4]);
      if (asks === "delayReq") {
        assert.deepEqual(valuesOf(sent, "type", "flags", "logInterval", "correctionNs"), ["0x01 0x0000 127 0"]);
        return;
      }
      assert.deepEqual(valuesOf(ofType(sent, "pdelayReq"), "flags", "logInterval", "correctionNs"), ["0x0000 127 0"]);
      // We answer the neighbour, too, in two steps.
      const answers = ofType(sent, "pdelayResp");
      const seconds = ofType(sent, "pdelayRespFollowUp");
      const leader = `0x${identity}`;
      assert.deepEqual(valuesOf(answers, "flags", "logInterval", "pdelayRequester"), [`0x0200 127 ${leader}`]);
      assert.deepEqual(valuesOf(seconds, "flags", "logInterval", "pdelayFollowUpRequester"), [`0x0000 127 ${leader}`]);
    });
  }

  it("counts questions of management and answers none", TIMEOUT, async () => {
    const { machine } = network.at("leader");
    const before = client.statistics("end to end over IPv4")!;
    await using _asker = machine.start(["pmc", "-4", "-i", INTERFACE, "-b", "1", "GET CLOCK_DESCRIPTION"]);
    const found = await client.until(
      "end to end over IPv4",
      ({ counters }) => counters.management > before.counters.management,
      "it has heard the question",
    );
    assertClean(found);
    assert.equal(found.messagesOut.management, 0);
  });
});

describeInterop("PTP with a ptp4l that leads by unicast", () => {
  it("asks for what it needs, locks, and takes it back", TIMEOUT, async () => {
    await Promise.all((["udp4", "udp6"] as const).map(async (transport) => {
      using network = await Network.make(["leader", "ours"]);
      const [leader, ours] = [network.at("leader"), network.at("ours")];
      await using capture = hasTshark ? await PtpCapture.start(ours.machine) : undefined;
      await using _master = Ptp4l.start(leader.machine, { transport, unicast: true });
      const address = transport === "udp4" ? leader.ipv4 : leader.ipv6;
      {
        await using client = Client.start(ours.machine, {
          one: { ...OURS, domain: 0, transport, unicastMasters: [address], ...FAST },
        });
        const found = await client.until("one", isLocked, "it locks");
        assert.equal(hex(found.parent!.identity), leader.identity);
        assert.ok(found.counters.unicastGrants >= 3, JSON.stringify(found.counters));
        assert.equal(found.counters.unicastRefusals, 0);
        assertClean(found);
        await client.untilTai(({ trueErrorNs }) => Math.abs(trueErrorNs) < NEAR_NS, "its TAI is the master's");
      }
      if (capture === undefined) return;
      const isOurs = (all: readonly PtpMessage[]) => sentBy(all, ours.identity, 0);
      const all = await capture.until(
        (all) => unicastOf(isOurs(all)).filter((one) => one.startsWith("6")).length === 3,
        "it has taken back what it asked for",
      );
      const sent = isOurs(all);
      for (const one of sent) {
        const text = JSON.stringify(one);
        assert.deepEqual([one.malformed, one.expert], ["", ""], text);
        assert.equal(transport === "udp4" ? one.ipv4To : one.ipv6To, address, text);
        assert.deepEqual(transport === "udp4" ? [one.ttl, one.dscp] : [one.hopLimit, one.dscp6], ["64", "46"], text);
        assert.equal(one.flags, "0x0400", text);
      }
      assert.deepEqual(valuesOf(sent, "type"), [MESSAGE.delayReq, MESSAGE.signaling]);
      assert.deepEqual(unicastOf(sent), ["4 0x00", "4 0x09", "4 0x0b", "6 0x00", "6 0x09", "6 0x0b"]);
    }));
  });
});
