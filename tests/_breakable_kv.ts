import { withFaults } from "./_fake_kv.ts";

/** A store that a test can break and repair. */
export interface BreakableKv {
  kv: Deno.Kv;
  /**
   * The behaviour of every read and write from now on: `throw` fails like a dead disk, `hang` never
   * settles like a dead server, `full` fails writes only.
   */
  mode: "ok" | "throw" | "hang" | "full";
  /** The number of operations on the broken store. */
  broken: number;
}

/** Wraps a real store in a {@linkcode BreakableKv}. */
export function breakableKv(real: Deno.Kv): BreakableKv {
  const state: BreakableKv = { kv: real, mode: "ok", broken: 0 };
  function gate(isWrite: boolean): Promise<void> {
    if (state.mode === "ok" || state.mode === "full" && !isWrite) {
      return Promise.resolve();
    }
    state.broken++;
    return state.mode === "hang" ? new Promise(() => {}) : Promise.reject(
      new Error(
        state.mode === "full" ? "database or disk is full" : "disk I/O error",
      ),
    );
  }
  const replaced = {
    get: (key: Deno.KvKey) => gate(false).then(() => real.get(key)),
    getMany: (keys: Deno.KvKey[]) => gate(false).then(() => real.getMany(keys)),
    set: (key: Deno.KvKey, value: unknown, options?: { expireIn?: number }) =>
      gate(true).then(() => real.set(key, value, options)),
    delete: (key: Deno.KvKey) => gate(true).then(() => real.delete(key)),
    list(selector: Deno.KvListSelector, options?: Deno.KvListOptions) {
      const rows = real.list(selector, options);
      const next = rows.next.bind(rows);
      rows.next = () => gate(false).then(next);
      return rows;
    },
    atomic() {
      const operation = real.atomic();
      const commit = operation.commit.bind(operation);
      operation.commit = () => gate(true).then(commit);
      return operation;
    },
  };
  state.kv = withFaults(real, replaced);
  return state;
}
