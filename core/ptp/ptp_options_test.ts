import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { completePtpOptions, type PtpOptions, ptpOptionsKey } from "./ptp_options.ts";

function refuses(given: object, message: RegExp): void {
  assert.throws(() => completePtpOptions({ interface: "eth0", ...given } as PtpOptions), {
    code: "option-invalid",
    message,
  });
}

describe("completePtpOptions()", () => {
  it("takes ST 2059-2 and its domain without being told", () => {
    const { profile, domain } = completePtpOptions({ interface: "eth0" });
    assert.deepEqual([profile, domain], ["st2059-2:2015", 127]);
    assert.equal(completePtpOptions({ interface: "eth0", profile: "st2059-2:2021" }).domain, 127);
    assert.equal(completePtpOptions({ interface: "eth0", profile: "default" }).domain, 0);
    assert.equal(completePtpOptions({ interface: "eth0", profile: "default", domain: 5 }).domain, 5);
  });

  it("hands on what was said, and reads an identity", () => {
    const given = {
      interface: "192.0.2.1",
      dscp: 34,
      unicastMasters: ["192.0.2.7"],
      stepNs: 5_000_000,
      grandmaster: {},
    };
    const unsaid: object = { servo: undefined };
    const complete = completePtpOptions({ ...given, ...unsaid, identity: "02-00-00-FF-FE-00-00-01" });
    assert.deepEqual(complete, {
      ...given,
      profile: "st2059-2:2015",
      domain: 127,
      identity: 0x020000fffe000001n,
    });
  });

  it("takes the only interface, or asks which", () => {
    const all = networkInterfaces();
    const outward = Object.keys(all).filter((name) => all[name]?.some(({ internal }) => !internal));
    if (outward.length === 1) assert.equal(completePtpOptions({}).interface, outward[0]);
    else assert.throws(() => completePtpOptions({}), { message: /^Cannot follow PTP: give the option interface, / });
  });

  it("has one clear error for each option that cannot be", () => {
    refuses({ domain: 256 }, /^Cannot follow PTP: option domain is 256, it must be an integer from 0 to 255$/);
    refuses({ domain: "1" }, /option domain is "1", it must be an integer/);
    refuses({ dscp: 1.5 }, /option dscp is 1.5, it must be an integer from 0 to 63$/);
    refuses({ announceLogInterval: -5 }, /announceLogInterval is -5, it must be an integer from -4 to 4$/);
    refuses({ profile: "aes67" }, /option profile is "aes67", it must be one of st2059-2, .*, default$/);
    refuses({ transport: "l2" }, /option transport is "l2", it must be one of udp4, udp6$/);
    refuses({ unicastDelay: 1 }, /option unicastDelay is 1, it must be true or false$/);
    refuses({ interface: "" }, /option interface is "", it must be the name of a network interface/);
    refuses({ interface: 3 }, /option interface is 3, it must be/);
    refuses({ identity: "00-11" }, /option identity is "00-11", it must be eight bytes in hexadecimal/);
    refuses({ seed: 1 }, /option seed is 1, it must be a bigint$/);
    refuses({ stepNs: 0 }, /option stepNs is 0, it must be an integer from 1 to /);
    refuses(
      { unicastMasters: Array(9).fill("192.0.2.1") },
      /option unicastMasters is .*, it must be a list of at most 8/,
    );
    for (const nobody of ["224.0.1.129", "239.255.0.1", "255.255.255.255", "0.0.0.0"]) {
      refuses(
        { unicastMasters: ["192.0.2.1", nobody] },
        /unicastMasters\[1\] is .*, it must be the address of one machine$/,
      );
    }
    for (const nobody of ["::", "0::0", "ff0e::181", "FF02::6b"]) {
      refuses({ transport: "udp6", unicastMasters: [nobody] }, /it must be the address of one machine$/);
    }
    assert.equal(
      completePtpOptions({ interface: "eth0", transport: "udp6", unicastMasters: ["::1"] }).unicastMasters?.[0],
      "::1",
    );
    refuses({ generalPort: 319 }, /option generalPort is 319, it must be another port than eventPort$/);
    refuses({ clockError: { stepNs: -1 } }, /clockError.stepNs is -1, it must be an integer from 0 to 3600000000000$/);
    refuses(
      { clockError: { wanderPeriodS: 86_401 } },
      /wanderPeriodS is 86401, it must be an integer from 0 to 86400$/,
    );
    refuses({ unicastMasters: ["gm"] }, /unicastMasters\[0\] is "gm", it must be an IPv4 address/);
    refuses(
      { transport: "udp6", unicastMasters: ["192.0.2.1"] },
      /it must be an IPv6 address, as the transport is udp6$/,
    );
    refuses(
      { grandmaster: { priority1: 300 } },
      /option grandmaster.priority1 is 300, it must be an integer from 0 to 255$/,
    );
    refuses({ grandmaster: { twoStep: "no" } }, /option grandmaster.twoStep is "no", it must be true or false$/);
    refuses({ grandmaster: { priority3: 1 } }, /there is no option grandmaster.priority3; there are priority1, /);
    refuses({ grandmaster: true }, /option grandmaster is true, it must be an object$/);
    refuses({ clockError: { ppb: 1e6 } }, /option clockError.ppb is 1000000, /);
    refuses({ doman: 1 }, /there is no option doman; there are announceLogInterval, .*domain, /);
  });
});

describe("ptpOptionsKey()", () => {
  it("is the same for the same options in any order, and no other", () => {
    const key = (given: PtpOptions): string => ptpOptionsKey(completePtpOptions({ interface: "eth0", ...given }));
    assert.equal(
      key({ dscp: 1, ttl: 2, grandmaster: { priority1: 1, priority2: 2 } }),
      key({ ttl: 2, dscp: 1, grandmaster: { priority2: 2, priority1: 1 } }),
    );
    assert.equal(key({}), key({ profile: "st2059-2", domain: 127 }));
    assert.notEqual(key({}), key({ dscp: 1 }));
    assert.notEqual(key({ identity: "02-00-00-FF-FE-00-00-01" }), key({ identity: "02-00-00-FF-FE-00-00-02" }));
  });
});
