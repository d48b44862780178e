/**
 * What can be coded and decoded on this machine.
 *
 * @module
 */
import { codecProviders } from "./codec/provider_registry.ts";
import { MediaError } from "./media_error.ts";
import { CodecSession } from "./worker/codec_worker_pool.ts";
import type { ProviderReport } from "./worker/messages.ts";

/**
 * Loads every codec provider on a codec thread and says what it can do, first asked first; for `streamlib doctor`.
 *
 * @throws {MediaError} `provider` naming the one that cannot be loaded and why.
 */
export async function inspectCodecs(): Promise<readonly ProviderReport[]> {
  let providers: readonly ProviderReport[] | undefined;
  let failure: MediaError | undefined;
  const session = new CodecSession(
    { kind: "probe", providers: codecProviders() },
    (reply) => {
      if (reply.kind === "probed") providers = reply.providers;
      if (reply.kind === "failed") failure = new MediaError(reply.error.reason, reply.error.message);
    },
    (error) => failure = error,
  );
  await session.ended;
  if (failure) throw failure;
  return providers!;
}
