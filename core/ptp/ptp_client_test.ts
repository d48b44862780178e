import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { until } from "../testdata/actors.ts";
import { FakeEngine, ptpStatistics } from "../testdata/tai_machine.ts";
import { PtpClient } from "./ptp_client.ts";
import { completePtpOptions } from "./ptp_options.ts";

const timeout = 20_000;

function fake(): { engine: FakeEngine; client: PtpClient } {
  const engine = new FakeEngine();
  return { engine, client: new PtpClient(completePtpOptions({ interface: "eth0" }), engine) };
}

describe("PtpClient", () => {
  it("open() refuses options before anything is opened", { timeout }, async () => {
    await assert.rejects(PtpClient.open({ interface: "eth0", domain: -1 }), { code: "option-invalid" });
  });

  it("tells what it knows", () => {
    const { engine, client } = fake();
    assert.equal(client.state, "free");
    engine.known = ptpStatistics({ clockState: "locked", errorNs: 300 });
    assert.deepEqual([client.state, client.stats().errorNs, client.options.domain], ["locked", 300, 127]);
    assert.deepEqual([client.masters().length, client.histogram().behind.length], [0, 0]);
  });

  it("tells events to who listens, until they listen no more", { timeout }, async () => {
    const { engine, client } = fake();
    const states: string[] = [];
    const others: string[] = [];
    const remove = client.on("state", ({ from, to }) => void states.push(`${from} ${to}`));
    client.on("state", ({ to }) => void others.push(to));
    engine.known = ptpStatistics({ clockState: "locked" });
    await until(() => states.length === 1 && others.length === 1, "both were told");
    remove();
    remove();
    engine.known = ptpStatistics({ clockState: "holdover" });
    await until(() => others.length === 2, "the other was told");
    assert.deepEqual([states, others], [["free locked"], ["locked", "holdover"]]);
    client.close();
    client.close();
    assert.equal(engine.isClosed, true);
  });

  it("tells nothing of what has happened before somebody listens", { timeout }, async () => {
    const { engine, client } = fake();
    engine.known = ptpStatistics({ clockState: "locked" });
    const events: string[] = [];
    client.on("state", ({ to }) => void events.push(to));
    engine.known = ptpStatistics({ clockState: "acquiring" });
    await until(() => events.length > 0, "it was told");
    assert.deepEqual(events, ["acquiring"]);
    client[Symbol.dispose]();
    assert.equal(engine.isClosed, true);
  });
});
