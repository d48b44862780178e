import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { chooseInterface, ptpArguments } from "./ptp_arguments.ts";

describe("ptpArguments()", () => {
  it("wants nothing of its own without options on what to follow", () => {
    assert.deepEqual(ptpArguments({ json: true, duration: "2.5" }), {
      client: {},
      isOwn: false,
      json: true,
      durationS: 2.5,
    });
  });

  it("gives the client what it calls things", () => {
    const given = {
      interface: "eth0",
      domain: "0",
      profile: "default",
      transport: "udp6",
      unicast: "fd00::1,fd00::2",
      delay: "p2p",
      timescale: "utc",
      grandmaster: true,
      observe: true,
    };
    assert.deepEqual(ptpArguments(given), {
      client: {
        interface: "eth0",
        domain: 0,
        profile: "default",
        transport: "udp6",
        unicastMasters: ["fd00::1", "fd00::2"],
        delayMechanism: "peer-to-peer",
        timescale: "utc",
        grandmaster: {},
        disciplines: false,
      },
      isOwn: true,
      json: false,
      durationS: undefined,
    });
  });

  const wrong: readonly (readonly [Record<string, string>, string])[] = [
    [{ domain: "256" }, '--domain is "256", it must be an integer from 0 to 255'],
    [{ domain: "1.5" }, '--domain is "1.5", it must be an integer from 0 to 255'],
    [{ domain: "-1" }, '--domain is "-1", it must be an integer from 0 to 255'],
    [{ domain: "" }, '--domain is "", it must be an integer from 0 to 255'],
    [{ duration: "0" }, '--duration is "0", it must be seconds above 0, at most 1000000'],
    [{ duration: "1h" }, '--duration is "1h", it must be seconds above 0, at most 1000000'],
    [{ profile: "smpte" }, '--profile is "smpte", it must be st2059-2, st2059-2:2015, st2059-2:2021, default'],
    [{ transport: "ethernet" }, '--transport is "ethernet", it must be udp4 or udp6'],
    [{ delay: "E2E" }, '--delay is "E2E", it must be e2e or p2p'],
    [{ delay: "toString" }, '--delay is "toString", it must be e2e or p2p'],
    [{ timescale: "tai" }, '--timescale is "tai", it must be as-is or utc'],
    [{ unicast: "10.0.0.1,gm" }, '--unicast has "gm", it must be IPv4 addresses with commas between'],
    [{ unicast: "" }, '--unicast has "", it must be IPv4 addresses with commas between'],
    [
      { unicast: "10.0.0.1", transport: "udp6" },
      '--unicast has "10.0.0.1", it must be IPv6 addresses with commas between',
    ],
    [{ unicast: new Array(9).fill("10.0.0.1").join() }, "--unicast has 9 addresses, it must have at most 8"],
  ];
  for (const [given, problem] of wrong) {
    it(`says ${problem}`, () => assert.equal(ptpArguments(given), problem));
  }
});

describe("chooseInterface()", () => {
  const address = (text: string, internal = false) => ({
    address: text,
    netmask: "255.0.0.0",
    family: "IPv4" as const,
    mac: "00:00:00:00:00:00",
    internal,
    cidr: null,
  });
  const lo = [address("127.0.0.1", true)];

  it("takes the only one that leads out", () => {
    assert.deepEqual(chooseInterface({ lo, eth0: [address("10.0.0.2")] }), { name: "eth0" });
  });

  it("lists them where there are several", () => {
    assert.deepEqual(
      chooseInterface({ lo, eth0: [address("10.0.0.2"), address("10.0.0.3")], eth1: [address("11.0.0.2")] }),
      {
        problem: "say which interface leads to the master with --interface IF; there are eth0 (10.0.0.2, 10.0.0.3), " +
          "eth1 (11.0.0.2)",
      },
    );
  });

  it("says so where there is none", () => {
    assert.deepEqual(chooseInterface({ lo }), {
      problem: "no interface of this machine has an address but the loopback",
    });
  });
});
