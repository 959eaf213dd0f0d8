/**
 * A request's fields as `Deno.serve` received them. Its `Headers` sort and copy them on each
 * iteration, which takes longer than everything else that the guard does; Deno keeps the received
 * list behind a symbol, which is looked up once. If it is not found, `Headers` are read.
 *
 * @module
 */
type Inner = Record<symbol, { headerList?: unknown } | undefined>;

const KEY = Object.getOwnPropertySymbols(new Request("http://h/"))
  .find((key) => {
    const sample = new Request("http://h/", { headers: [["a", "b"]] });
    const list = (sample as unknown as Inner)[key]?.headerList;
    return JSON.stringify(list) === '[["a","b"]]';
  });

/** A name as it was sent, and in lower case. */
interface Spelling {
  spelled: string;
  name: string;
}

const spellings = new Map<string, Spelling>();
/** By position: clients send their fields in the same order each time, and comparing is cheaper. */
const lastAt: Spelling[] = [];
const MOST_PLACES = 32;
const MOST_SPELLINGS = 1_024;
const LONGEST_SPELLING = 64;

/** Alternating names, in lower case, and values; a repeated field is joined into one. */
export function servedFields(request: Request): string[] {
  const list = receivedList(request);
  return list === null ? throughHeaders(request) : flat(list, request);
}

function receivedList(request: Request): [string, string][] | null {
  if (KEY === undefined) return null;
  const inner = (request as unknown as Inner)[KEY];
  // A request created by code has it as an own property, with other spelling and checks.
  if (inner === undefined || Object.hasOwn(inner, "headerList")) return null;
  try {
    const list = inner.headerList;
    return Array.isArray(list) ? list : null;
  } catch {
    // The request of an upgraded connection can no longer be read this way.
    return null;
  }
}

function flat(list: [string, string][], request: Request): string[] {
  const fields = new Array<string>(2 * list.length);
  let lengths = 0;
  for (let i = 0; i < list.length; i++) {
    const pair = list[i]!;
    const name = lowerCase(pair[0], i);
    const bit = 1 << (name.length + name.charCodeAt(0));
    if ((lengths & bit) !== 0 && fields.indexOf(name) >= 0) {
      return throughHeaders(request);
    }
    lengths |= bit;
    fields[2 * i] = name;
    fields[2 * i + 1] = pair[1];
  }
  return fields;
}

function lowerCase(spelled: string, place: number): string {
  const last = lastAt[place];
  if (last !== undefined && last.spelled === spelled) return last.name;
  let known = spellings.get(spelled);
  if (known === undefined) {
    known = { spelled, name: spelled.toLowerCase() };
    if (spelled.length > LONGEST_SPELLING) return known.name;
    if (spellings.size >= MOST_SPELLINGS) spellings.clear();
    spellings.set(spelled, known);
  }
  if (place < MOST_PLACES) lastAt[place] = known;
  return known.name;
}

function throughHeaders(request: Request): string[] {
  const fields: string[] = [];
  request.headers.forEach((value, name) => {
    fields.push(name, value);
  });
  return fields;
}
