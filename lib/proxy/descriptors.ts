/** If a process has more, the exact number does not matter here. */
const MOST_TRIED = 16_384;
/** Reserved for the store, the log, the process itself and a burst of new connections. */
const RESERVE = 64;

/**
 * How many more files and sockets the process may open, up to 16,384. The only way to find out is
 * to try: 12 µs each, once at the start.
 */
export function countDescriptors(files: readonly string[]): number {
  const open: Deno.FsFile[] = [];
  let file: string | undefined;
  try {
    file = files.find(canOpen);
    if (file === undefined) return MOST_TRIED;
    while (open.length < MOST_TRIED) open.push(Deno.openSync(file));
  } catch {
    // The limit is reached.
  } finally {
    for (const each of open) each.close();
  }
  return open.length;
}

function canOpen(file: string): boolean {
  try {
    Deno.openSync(file).close();
    return true;
  } catch {
    return false;
  }
}

/** The limits of a proxy: each client's connection may need another to the upstream. */
export function shareOf(
  descriptors: number,
  perClient: number,
): { total: number; perClient: number; maxIdle: number } {
  const total = Math.max(4, Math.floor((descriptors - RESERVE) / 2));
  return {
    total,
    perClient: Math.min(perClient, Math.max(1, Math.floor(descriptors / 4))),
    maxIdle: Math.min(256, Math.max(1, Math.floor(descriptors / 16))),
  };
}
