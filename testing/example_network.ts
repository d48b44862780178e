/** Packets over a network that loses and delays some. */
import { NetworkSimulator } from "./mod.ts";

const network = new NetworkSimulator({ seed: 7, loss: 0.01, delayNs: 2_000_000, jitterNs: 500_000 });
network.send(Uint8Array.of(1, 2, 3), 0n);
for (const { data, arrivalNs } of network.receive(10_000_000n)) console.log(data, arrivalNs);
