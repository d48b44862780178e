/**
 * Where people can see what a stage shows: the page of a display, for example.
 *
 * @module
 */
import { type Actor, describeActor } from "@streamlib/core";
import type { Plan } from "./plan.ts";

/**
 * Asks each stage that has a control `address` for it, once the stage is ready, and tells it.
 *
 * @param tell Hears the stage's name and its address.
 */
export function tellAddresses(
  { stages }: Plan,
  actors: readonly Actor[],
  tell: (stage: string, url: string) => void,
): void {
  actors.forEach((actor, index) => {
    const { name, actor: kind } = stages[index];
    if (!describeActor(kind).controls.includes("address")) return;
    const { address } = actor as Actor & { address(): Promise<{ readonly url?: unknown } | undefined> };
    actor.ready.then(() => address.call(actor)).then((answer) => {
      if (typeof answer?.url === "string") tell(name, answer.url);
    }, () => {}); // A stage that does not start says so by itself.
  });
}
