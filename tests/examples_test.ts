/**
 * Every symbol of the package's entries has an example. The examples themselves are run by
 * `deno test --doc`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);

interface Doc {
  nodes: Record<string, {
    symbols: { name: string; declarations: Declaration[] }[];
  }>;
}

interface Declaration {
  kind: string;
  jsDoc?: { tags?: { kind: string; doc?: string }[] };
}

/** Whether it has an example that is run. */
function hasExample({ kind, jsDoc }: Declaration): boolean {
  // A re-export from another entry, where it is checked, too.
  if (kind === "reference") return true;
  return jsDoc?.tags?.some((tag) =>
    tag.kind === "example" && /```ts\n/.test(tag.doc ?? "")
  ) ?? false;
}

Deno.test("examples: every symbol of the package has one that is run", async () => {
  const { exports } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", ...Object.values<string>(exports)],
    cwd: ROOT,
    stderr: "inherit",
  }).output();
  assert(success);
  const { nodes }: Doc = JSON.parse(new TextDecoder().decode(stdout));
  const symbols = Object.values(nodes).flatMap(({ symbols }) => symbols);
  assert(symbols.length > 40, `${symbols.length}`);
  const without = symbols.filter(({ declarations }) =>
    !declarations.some(hasExample)
  );
  assertEquals(without.map(({ name }) => name), []);
});
