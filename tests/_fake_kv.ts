/** A store of which some operations are replaced, the rest is real. */
export function withFaults(
  kv: Deno.Kv,
  faults: Partial<
    Record<keyof Deno.Kv, unknown>
  >,
): Deno.Kv {
  return new Proxy(kv, {
    get(target, name) {
      if (Object.hasOwn(faults, name)) {
        return faults[name as keyof typeof faults];
      }
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** A store that does something of the test's before each commit, with its number from 1. */
export function onCommit(kv: Deno.Kv, run: (n: number) => unknown): Deno.Kv {
  let commits = 0;
  return withFaults(kv, {
    atomic() {
      const operation = kv.atomic();
      const commit = operation.commit.bind(operation);
      operation.commit = async () => {
        await run(++commits);
        return await commit();
      };
      return operation;
    },
  });
}

/** A store that tells what is set by its atomic writes, and for how long. */
export function onSet(
  kv: Deno.Kv,
  tell: (key: Deno.KvKey, expireIn: number | undefined) => void,
): Deno.Kv {
  return withFaults(kv, {
    atomic() {
      const operation = kv.atomic();
      const set = operation.set.bind(operation);
      operation.set = (key, value, options) => {
        tell(key, options?.expireIn);
        return set(key, value, options);
      };
      return operation;
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
