import { assertEquals } from "@std/assert";
import { byTurns } from "../../bench/rounds.ts";

/** Returns the numbers in turn, and records who was called. */
function asked(name: string, numbers: number[], order: string[]) {
  let i = 0;
  return () => {
    order.push(name);
    return Promise.resolve(numbers[i++ % numbers.length]!);
  };
}

Deno.test("bench: of two things by turns, each is first as often", async () => {
  const order: string[] = [];
  const { values } = await byTurns(
    { quick: true },
    asked("of", [4, 6], order),
    asked("to", [2], order),
    (of, to) => of / to,
  );
  assertEquals(values, [2, 3]);
  assertEquals(order, ["of", "to", "to", "of"]);
});

Deno.test("bench: rounds end where they agree, and at seven where they do not", async () => {
  const run = async (numbers: number[]) =>
    (await byTurns(
      { quick: false },
      asked("of", numbers, []),
      asked("to", [1], []),
      (of, to) => of / to,
    )).values.length;
  assertEquals(await run([1]), 5);
  assertEquals(await run([1, 2]), 7);
  // An outlier does not count.
  assertEquals(await run([1, 1, 9, 1, 1]), 5);
});
