import type { RequestRecord } from "../log/request_record.ts";

type Chunks = AsyncIterable<Iterable<RequestRecord>>;

/** So many chunks of one hour are few: a quiet hour is mostly one. */
const FEW = 2;

/**
 * The chunks where there are few and each can be read twice; else null, and all of them to be read
 * once.
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

/** A generator's records are gone once they were read. */
function isOneShot(chunk: Iterable<RequestRecord>): boolean {
  const iterator: unknown = chunk[Symbol.iterator]();
  return iterator === chunk;
}
