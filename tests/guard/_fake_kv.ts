/** A store of which some operations are replaced, the rest is real. */
export function withFaults(
  kv: Deno.Kv,
  faults: Partial<
    Record<"get" | "getMany" | "list" | "atomic" | "set", unknown>
  >,
): Deno.Kv {
  return new Proxy(kv, {
    get(target, name) {
      if (name in faults) return faults[name as keyof typeof faults];
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Fails as a store does whose disk is gone. */
export const failing = () => Promise.reject(new Error("disk I/O error"));

/** A transaction that fails so when it is committed. */
export function failingAtomic() {
  const operation: Record<string, unknown> = { commit: failing };
  for (const step of ["check", "set", "delete"]) {
    operation[step] = () => operation;
  }
  return operation;
}

/** Never answers, as the client of a remote store does whose server died. */
export const hanging = () => new Promise<never>(() => {});
