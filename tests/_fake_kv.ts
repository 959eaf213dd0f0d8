/** A store with some operations replaced. */
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

/** A store that runs a test's callback before each commit, with its number from 1. */
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

/** A store that reports what its atomic writes set, and for how long. */
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

/** Fails like a store on a dead disk. */
export const failing = () => Promise.reject(new Error("disk I/O error"));

/** A transaction that fails this way on commit. */
export function failingAtomic() {
  const operation: Record<string, unknown> = { commit: failing };
  for (const step of ["check", "set", "delete"]) {
    operation[step] = () => operation;
  }
  return operation;
}

/** Never settles, like the client of a remote store whose server died. */
export const hanging = () => new Promise<never>(() => {});
