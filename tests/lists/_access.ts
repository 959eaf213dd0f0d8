import { onCommit, withFaults } from "../_fake_kv.ts";

/** A clock that only a test moves. */
export class Clock {
  ms = 1_700_000_000_000;
  now = () => this.ms;
}

/** Everything in a store, to check that nothing was written. */
export async function dump(kv: Deno.Kv): Promise<string[]> {
  const rows = await Array.fromAsync(kv.list({ prefix: [] }));
  return rows.map(({ key, value }) => JSON.stringify([key, value]));
}

/**
 * A store with a hook: `fail` is called before every read and write, and may throw, or return a
 * promise that never settles.
 */
export function faulty(
  kv: Deno.Kv,
  fail: () => void | Promise<void>,
): Deno.Kv {
  const methods = ["get", "getMany", "set", "delete"] as const;
  const wrapped: Record<string, unknown> = {};
  for (const name of methods) {
    // deno-lint-ignore no-explicit-any
    const method = (kv[name] as any).bind(kv);
    wrapped[name] = async (...args: unknown[]) => {
      await fail();
      return method(...args);
    };
  }
  wrapped.list = async function* (
    ...args: Parameters<Deno.Kv["list"]>
  ) {
    await fail();
    yield* kv.list(...args);
  };
  return withFaults(onCommit(kv, fail), wrapped);
}

/** Two connections to one store, like two processes. */
export async function twoConnections(): Promise<
  { a: Deno.Kv; b: Deno.Kv; [Symbol.asyncDispose](): Promise<void> }
> {
  const folder = await Deno.makeTempDir();
  const a = await Deno.openKv(`${folder}/kv.db`);
  const b = await Deno.openKv(`${folder}/kv.db`);
  return {
    a,
    b,
    async [Symbol.asyncDispose]() {
      a.close();
      b.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
