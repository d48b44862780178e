/** Beats with a simulated genlock, falls back to the machine's own clock when it is lost, and returns to it. */
import { ClockSelector, GenlockClock, SimulatedPulse, SoftwareClock, stopAll } from "@streamlib/core";
import { TestPatternActor } from "@streamlib/video";

const pulse = new SimulatedPulse({ name: "blackburst", rate: 50, phaseNs: 6e6, jitterNs: 50e3, ppm: 8 });
const genlock = new GenlockClock(pulse);
const clock = new ClockSelector([genlock, new SoftwareClock(50)], { stableNs: 0.3e9 });
clock.on("switch", ({ to, reason }) => {
  console.log(`${to.clockId}: ${reason}`);
  if (to === genlock) setTimeout(() => pulse.lose(), 300);
  else setTimeout(() => pulse.restore(), 300);
});

const bars = new TestPatternActor({ width: 640, height: 360, fps: 50, clock });
await bars.ready;
await new Promise((resolve) => setTimeout(resolve, 3000));
const { ticks, missedTicks } = bars.stats;
await stopAll();
genlock.close();
console.log(`${ticks} pictures, ${missedTicks} missed, ${clock.stats().switches} changes of clock`);
