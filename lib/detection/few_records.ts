import type { RequestRecord } from "../log/request_record.ts";

type Chunks = AsyncIterable<Iterable<RequestRecord>>;

/** Up to this many chunks of one hour are few: a quiet hour is mostly one chunk. */
const FEW = 2;

/**
 * The chunks, if they are few and can be read twice; else null, and an iterable that reads all of
 * them once.
 */
export async function fewRecords(
  records: Chunks,
): Promise<{ few: Iterable<RequestRecord>[] | null; rest: Chunks }> {
  const chunks = records[Symbol.asyncIterator]();
  const first: Iterable<RequestRecord>[] = [];
  let isFew = true;
  while (isFew) {
    const { value, done } = await chunks.next();
    if (done) return { few: first, rest: records };
    first.push(value);
    isFew = first.length <= FEW && !isOneShot(value);
  }
  return {
    few: null,
    rest: {
      async *[Symbol.asyncIterator]() {
        try {
          yield* first;
          for (;;) {
            const { value, done } = await chunks.next();
            if (done) return;
            yield value;
          }
        } finally {
          await chunks.return?.();
        }
      },
    },
  };
}

/** A generator can be read only once. */
function isOneShot(chunk: Iterable<RequestRecord>): boolean {
  const iterator: unknown = chunk[Symbol.iterator]();
  return iterator === chunk;
}
