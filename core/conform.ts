/** What the checks of conformance must know of this package. */
import type { ClockConformance, Conformance } from "@streamlib/testing/conform";
import {
  type Clock,
  ClockSelector,
  EventLoopDispatcher,
  GenlockClock,
  GpuDispatcher,
  LockstepClock,
  ManualClock,
  ProcessPoolDispatcher,
  PTPClock,
  SimulatedPulse,
  SoftwareClock,
  SystemTaiClock,
  ThreadPoolDispatcher,
} from "./mod.ts";
import { localRegistry } from "./registry/local_registry.ts";

const FPS = 60;
const LOCKED_MS_MAX = 10_000;

let pulses = 0;

/** A clock that follows a pulse of its own, once it does. */
async function locked(): Promise<GenlockClock> {
  const name = `conform-${++pulses}`;
  const pulse = new SimulatedPulse({ name, rate: FPS, phaseNs: 5_000_000, jitterNs: 20_000, ppm: 40 });
  const clock = new GenlockClock(pulse);
  for (const endMs = performance.now() + LOCKED_MS_MAX; !clock.locked && performance.now() < endMs;) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return clock;
}

const moved = new WeakMap<Clock, Promise<unknown>>();

/** A clock of virtual time, moved by one call after another. */
function virtual<C extends Clock>(make: () => C, move: (clock: C) => Promise<unknown>): ClockConformance {
  return {
    make,
    move: (clock) => void moved.set(clock, (moved.get(clock) ?? Promise.resolve()).then(() => move(clock as C))),
  };
}

const running = new WeakSet<Clock>();

/** A lockstep clock runs for as long as somebody asks it for beats. */
async function runOnce(clock: LockstepClock): Promise<void> {
  if (running.has(clock)) return;
  running.add(clock);
  await clock.run();
  running.delete(clock);
}

/** Everything of its kind that this package brings. */
export const conformance: Conformance = {
  package: { except: { "package-example": "the workspace's examples/ are of it" } },
  actors: { Buffer: { samples: { data: { data: [{ level: 1 }, { level: 2 }] } } } },
  clocks: {
    SoftwareClock: { make: () => new SoftwareClock(FPS) },
    ManualClock: virtual(() => new ManualClock(FPS), (clock) => clock.advance(1)),
    LockstepClock: { make: () => new LockstepClock(FPS), move: (clock) => void runOnce(clock as LockstepClock) },
    GenlockClock: { make: locked },
    ClockSelector: { make: async () => new ClockSelector([await locked(), new SoftwareClock(FPS)]) },
    PTPClock: { make: () => new PTPClock(FPS) },
    SystemTaiClock: { make: () => new SystemTaiClock(FPS) },
  },
  registries: { local: { make: () => localRegistry } },
  dispatchers: {
    EventLoopDispatcher: { make: () => new EventLoopDispatcher() },
    ThreadPoolDispatcher: { make: () => new ThreadPoolDispatcher({ workers: 1 }) },
    ProcessPoolDispatcher: { make: () => new ProcessPoolDispatcher({ workers: 1 }) },
    GpuDispatcher: { make: () => new GpuDispatcher() },
  },
};
