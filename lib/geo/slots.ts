/** Runs a limited number of tasks concurrently; the others wait in order. */
export interface Slots {
  run<T>(task: () => Promise<T>): Promise<T>;
}

/** {@linkcode Slots} for `max` tasks at once. */
export function createSlots(max: number): Slots {
  let running = 0;
  const waiting: (() => void)[] = [];

  return {
    async run(task) {
      if (running >= max) {
        await new Promise<void>((resolve) => waiting.push(resolve));
      } else {
        running++;
      }
      try {
        return await task();
      } finally {
        // The slot passes to the next task directly.
        const next = waiting.shift();
        if (next) next();
        else running--;
      }
    },
  };
}
