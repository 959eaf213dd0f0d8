import { setImmediate } from "node:timers/promises";
import { withFaults } from "../_fake_kv.ts";

/** A store that reports when no operation is pending. */
export function restingKv(
  real: Deno.Kv,
): { kv: Deno.Kv; rest(): Promise<void> } {
  let open = 0;
  async function counted<T>(work: Promise<T>): Promise<T> {
    open++;
    try {
      return await work;
    } finally {
      open--;
    }
  }
  const kv = withFaults(real, {
    get: (key: Deno.KvKey) => counted(real.get(key)),
    getMany: (keys: Deno.KvKey[]) => counted(real.getMany(keys)),
    set: (key: Deno.KvKey, value: unknown, options?: { expireIn?: number }) =>
      counted(real.set(key, value, options)),
    delete: (key: Deno.KvKey) => counted(real.delete(key)),
    list(selector: Deno.KvListSelector, options?: Deno.KvListOptions) {
      const rows = real.list(selector, options);
      const next = rows.next.bind(rows);
      rows.next = () => counted(next());
      return rows;
    },
    atomic() {
      const operation = real.atomic();
      const commit = operation.commit.bind(operation);
      operation.commit = () => counted(commit());
      return operation;
    },
  });
  return {
    kv,
    async rest() {
      // Follow-up operations start within a turn or two.
      for (let quiet = 0; quiet < 2; quiet = open === 0 ? quiet + 1 : 0) {
        await setImmediate();
      }
    },
  };
}
