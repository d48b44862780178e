/**
 * Measures what an actor's body does.
 *
 * @module
 */
import type { Body } from "../actor/dispatcher.ts";
import { profiler } from "./profile.ts";
import { PROFILE_SPANS } from "./spans.ts";

/**
 * The body with its calls measured, and with all that they call counted under the actor; the body itself while
 * profiling is off.
 *
 * @param actor Label of the actor.
 * @param body The body, in the thread where it runs.
 */
export function profiledBody(actor: string, body: Body): Body {
  const active = profiler;
  if (!active) return body;
  return {
    ...body,
    onStart: () => active.within(actor, () => body.onStart?.()),
    process: (tick) => {
      // The clock may be anybody's, and one that beats early shall not make the actor fail.
      active.record(actor, PROFILE_SPANS.tick, Math.max(0, tick.latenessNs));
      return active.within(actor, () => active.measure(actor, PROFILE_SPANS.process, () => body.process(tick)));
    },
    onStop: () => active.within(actor, () => body.onStop?.()),
    control: (action, argument) => active.within(actor, () => body.control(action, argument)),
  };
}
