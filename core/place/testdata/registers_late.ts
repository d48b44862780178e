/** A module that registers a class only when it is told to. */
import { Actor } from "../../actor/actor.ts";
import { registerActor } from "../../actor/register_actor.ts";
import type { ActorSpec, ActorTypes } from "../../actor/spec.ts";

/** Makes an actor whose class its module does not register by itself. */
export function lateActor(options: object): Actor<ActorTypes> {
  @registerActor({ name: "PlaceLate", module: import.meta.url })
  class LateActor extends Actor<ActorTypes> {
    static readonly spec: ActorSpec<ActorTypes> = { description: "Registered late" };

    override process(): void {}
  }
  return new LateActor(options);
}
