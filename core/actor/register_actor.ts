/**
 * The decorator that makes a class an actor.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import { type Actor, completeConstruction } from "./actor.ts";
import type { TimedTick } from "../time/clock.ts";
import { type ActorClass, enlist } from "./catalogue.ts";
import { setRegistration } from "./registration.ts";

const NAME = /^[A-Za-z][A-Za-z0-9]{0,63}$/;

/** Some concrete actor class, for the wrapper to extend. */
// deno-lint-ignore no-explicit-any
type ConcreteActor = new (...given: any[]) => Actor & { process(tick: TimedTick): void };

/**
 * Registers a concrete actor class under a name, and lets its instances live as soon as they are constructed.
 *
 * Within a decorated class the class's own name means the registered class on Bun, as the language says, but the class
 * without its decorator on Deno (a bug). `this.spawn(Self, options)` and `instanceof Self` are right on both;
 * `new Self()` there is refused on Deno with `actor-not-registered`. In a static method write `new this(options)`, else
 * call a function that stands beside the class: outside of it the name is the registered class on both.
 *
 * @param info `name`: in catalogues, URIs and command lines; a letter, then letters and digits, at most 64. `module`:
 * `import.meta.url`, from which the class can be built in another place.
 * @returns The decorator.
 * @throws {StreamError} `option-invalid` if the name is not such; from the decorator `catalogue-clash` if another
 * module has that name, and `option-invalid` if the class has no static `spec`.
 */
export function registerActor(
  info: { name: string; module: string },
  // deno-lint-ignore no-explicit-any
): <C extends new (...given: any[]) => Actor>(actorClass: C, context: ClassDecoratorContext<C>) => C {
  if (!NAME.test(info.name)) {
    throw new StreamError(
      "option-invalid",
      `Cannot register actor "${info.name}" of ${info.module}: a name is a letter, then letters and digits`,
    );
  }
  // deno-lint-ignore no-explicit-any
  return <C extends new (...given: any[]) => Actor>(actorClass: C, context: ClassDecoratorContext<C>): C => {
    const Base = actorClass as unknown as ConcreteActor;
    const Registered = class extends Base {
      // deno-lint-ignore no-explicit-any
      constructor(...given: any[]) {
        super(...given);
        if (new.target === Registered) completeConstruction(this);
      }
    };
    // Compilers rename classes; the context has the name that was written.
    Object.defineProperty(Registered, "name", { value: context.name || info.name });
    const { name, module } = info;
    // Class decorators run before static fields are set, initializers after them: a class without a spec leaves no trace.
    context.addInitializer(() => {
      lowerStatics(Registered, actorClass);
      if (!("spec" in actorClass)) {
        throw new StreamError(
          "option-invalid",
          `Cannot register actor ${name} of ${module}: the class needs a static readonly spec`,
        );
      }
      const registration = { name, module, actorClass: Registered as unknown as ActorClass };
      enlist(registration);
      setRegistration(registration, actorClass);
    });
    return Registered as unknown as C;
  };
}

/**
 * esbuild sets the static fields of a class with decorated methods on the class that its decorator returned. They belong
 * on the one below it, where the other finds them too: within the class its name means that one.
 */
function lowerStatics(from: object, to: object): void {
  for (const key of Reflect.ownKeys(from)) {
    if (Object.hasOwn(to, key)) continue;
    Object.defineProperty(to, key, Object.getOwnPropertyDescriptor(from, key)!);
    Reflect.deleteProperty(from, key);
  }
}
