/** The kinds of store entries that contain a text, in a key or anywhere in a value, sorted. */
export async function kindsHolding(
  kv: Deno.Kv,
  text: string,
): Promise<string[]> {
  const found = new Set<string>();
  for await (const { key, value } of kv.list({ prefix: [] })) {
    if (holds(key, text) || holds(value, text)) found.add(String(key[0]));
  }
  return [...found].sort();
}

function holds(value: unknown, text: string): boolean {
  if (typeof value === "string") return value.includes(text);
  if (value instanceof Uint8Array) {
    return new TextDecoder("latin1").decode(value).includes(text);
  }
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    const bytes = value instanceof ArrayBuffer
      ? new Uint8Array(value)
      : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return holds(bytes, text);
  }
  if (value instanceof Map || value instanceof Set) {
    return [...value].some((each) => holds(each, text));
  }
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some((pair) =>
    pair.some((each) => holds(each, text))
  );
}
