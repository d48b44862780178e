import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { NetworkSimulator, type NetworkSimulatorOptions } from "./network_simulator.ts";

function run(options: NetworkSimulatorOptions, count = 1000): { indices: number[]; network: NetworkSimulator } {
  const network = new NetworkSimulator(options);
  for (let index = 0; index < count; index++) network.send(Uint8Array.of(index & 255), BigInt(index) * 1000n);
  return { indices: network.receive(1n << 60n).map(({ index }) => index), network };
}

describe("NetworkSimulator", () => {
  it("without options gives every packet once, in order and at once", () => {
    const { indices, network } = run({}, 5);
    assert.deepEqual(indices, [0, 1, 2, 3, 4]);
    assert.deepEqual(network.stats(), { sent: 5, lost: 0, duplicated: 0, delivered: 5, reordered: 0 });
  });

  it("keeps a packet until its delay is over, and a copy of its bytes", () => {
    const network = new NetworkSimulator({ delayNs: 500 });
    const data = Uint8Array.of(1);
    network.send(data, 1000n);
    data[0] = 2;
    assert.deepEqual(network.receive(1499n), []);
    const [packet] = network.receive(1500n);
    assert.deepEqual({ ...packet, data: [...packet.data] }, { data: [1], sentNs: 1000n, arrivalNs: 1500n, index: 0 });
  });

  it("loses, doubles and reorders about as many as it was told", () => {
    const { network } = run({ loss: 0.1, duplicate: 0.2, jitterNs: 5000 });
    const { lost, duplicated, delivered, reordered } = network.stats();
    assert.ok(lost > 60 && lost < 140, `${lost} lost`);
    assert.ok(duplicated > 120 && duplicated < 240, `${duplicated} doubled`);
    assert.equal(delivered, 1000 - lost + duplicated);
    assert.ok(reordered > 100, `${reordered} reordered`);
  });

  it("does the same for one seed and another thing for another", () => {
    const options = { loss: 0.3, jitterNs: 9000 };
    assert.deepEqual(run({ ...options, seed: 7 }).indices, run({ ...options, seed: 7 }).indices);
    assert.notDeepEqual(run({ ...options, seed: 7 }).indices, run({ ...options, seed: 8 }).indices);
  });

  it("refuses options out of range by name", () => {
    assert.throws(() => new NetworkSimulator({ loss: 2 }), /network with loss 2: 0 to 1 is right/);
    assert.throws(() => new NetworkSimulator({ delayNs: -1 }), /delayNs -1/);
  });
});
