/** All entries whose key begins with a prefix, as a range. */
export function under(
  prefix: Deno.KvKey,
): () => { start: Deno.KvKey; end: Deno.KvKey } {
  // Booleans sort last of all parts; no key of ours ends with one.
  return () => ({ start: prefix, end: [...prefix, true] });
}
