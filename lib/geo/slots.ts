/** Runs tasks, a limited number of them at once and the others in turn. */
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
        // The slot goes over to the next without becoming free in between.
        const next = waiting.shift();
        if (next) next();
        else running--;
      }
    },
  };
}
