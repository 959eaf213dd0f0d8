import { assertEquals } from "@std/assert";
import { readPolicy } from "../../lib/policy/read_rules.ts";

const FOLDER = new URL("../../examples/policies/", import.meta.url);

Deno.test("every example policy holds", async () => {
  let count = 0;
  for await (const { name } of Deno.readDir(FOLDER)) {
    readPolicy(await Deno.readTextFile(new URL(name, FOLDER)));
    count++;
  }
  assertEquals(count, 3);
});

Deno.test("the policy in docs/policy.md holds", async () => {
  const doc = await Deno.readTextFile(
    new URL("../../docs/policy.md", import.meta.url),
  );
  const blocks = [...doc.matchAll(/```jsonc\n(.*?)```/gs)];
  assertEquals(blocks.length, 1);
  for (const [, text] of blocks) readPolicy(text!);
});
