import { assert, assertEquals, assertThrows } from "@std/assert";
import { computed, type Signal, signal } from "@preact/signals";
import fc from "fast-check";
import { h } from "preact";
import { revive } from "../src/islands/revive.ts";
import { inlineJson, serialize } from "../src/islands/serialize.ts";

/** Round trip through the page's text. */
function roundTrip<T>(value: T): T {
  return revive(JSON.parse(inlineJson(serialize(value)))) as T;
}

Deno.test("islands: plain data comes back as it was", () => {
  fc.assert(
    fc.property(
      fc.anything({
        withDate: true,
        withMap: true,
        withSet: true,
        withBigInt: true,
        withNullPrototype: false,
      }),
      // Props are never serialized alone: a page's are parts of one list.
      (value) => assertEquals(roundTrip([value]), [value]),
    ),
    { numRuns: 1_000 },
  );
});

Deno.test("islands: tagged values come back as they were", () => {
  for (
    const value of [
      undefined,
      NaN,
      Infinity,
      -Infinity,
      -0,
      12345678901234567890n,
      new URL("https://example.org/a?b#c"),
      new Date(0),
      new Date(NaN),
      /a"\/b/giu,
      new Set([1, "a", new Set()]),
      new Map<unknown, unknown>([[{ a: 1 }, [undefined]]]),
      new Uint8Array([0, 127, 255]),
      [, 1],
      JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}'),
    ]
  ) {
    const back = roundTrip({ value }).value;
    assertEquals(back, Array.isArray(value) ? [undefined, 1] : value);
    assert(Object.is(back, value) || typeof value === "object");
  }
  assertEquals(({} as { x?: number }).x, undefined);
});

Deno.test("islands: signals come back as signals, computed ones with their value", () => {
  const back = roundTrip({
    signal: signal({ deep: signal(1) }),
    computed: computed(() => 2),
  });
  assertEquals(back.signal.value.deep.value, 1);
  assertEquals(back.computed.value, 2);
  back.signal.value.deep.value = 5;
  assertEquals(back.signal.peek().deep.peek(), 5);
  assertThrows(() => {
    (back.computed as Signal<number>).value = 3;
  });
});

Deno.test("islands: what is shared stays one, circles included", () => {
  const count = signal(1);
  const shared = { count };
  const back = roundTrip([{ a: shared }, { b: shared, count }]);
  assert((back[0] as { a: unknown }).a === (back[1] as { b: unknown }).b);
  assert(back[1]!.count === (back[0] as { a: typeof shared }).a.count);
  const circle: { self?: unknown; list: unknown[] } = { list: [] };
  circle.self = circle;
  circle.list.push(circle, new Set([circle]));
  const again = roundTrip(circle);
  assert(again.self === again && again.list[0] === again);
  assert((again.list[1] as Set<unknown>).has(again));
});

Deno.test("islands: the format is one flat array of indexes", () => {
  assertEquals(serialize({ a: "x", b: ["x", undefined] }), [
    { a: 1, b: 2 },
    "x",
    [1, -1],
  ]);
});

Deno.test("islands: what a browser cannot get throws and is named", () => {
  const table: [unknown, string][] = [
    [{ onClick: () => {} }, '"onClick"'],
    [{ s: signal(() => {}) }, '"s.value"'],
    [{ m: new Map([["k", () => {}]]) }, '"m[value]"'],
    [{ deep: { jsx: h(() => null, null) } }, '"deep.jsx.type"'],
  ];
  for (const [value, text] of table) {
    const error = assertThrows(() => serialize(value), TypeError) as Error;
    assert(error.message.includes(text), error.message);
  }
});

Deno.test("islands: text cannot leave its script element", () => {
  const json = inlineJson(["</script>", "</ScRiPt", "<!--", "\u2028\u2029"]);
  assert(!json.includes("<") && !/[\u2028\u2029]/.test(json), json);
  assertEquals(JSON.parse(json)[0], "</script>");
});
