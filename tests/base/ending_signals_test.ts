import { assertEquals } from "@std/assert";
import { endingSignals } from "../../lib/base/ending_signals.ts";

Deno.test("endingSignals() names what each system can send", () => {
  assertEquals(endingSignals("linux"), ["SIGINT", "SIGTERM"]);
  assertEquals(endingSignals("darwin"), ["SIGINT", "SIGTERM"]);
  assertEquals(endingSignals("windows"), ["SIGINT", "SIGBREAK"]);
});

Deno.test("endingSignals(): whoever ends by a signal asks for them here", async () => {
  const found: string[] = [];
  async function look(folder: string): Promise<void> {
    for await (
      const { name, isDirectory } of Deno.readDir(
        new URL(`../../${folder}`, import.meta.url),
      )
    ) {
      const path = `${folder}${name}`;
      if (isDirectory) await look(`${path}/`);
      else if (/\.tsx?$/.test(name)) {
        const code = await Deno.readTextFile(
          new URL(`../../${path}`, import.meta.url),
        );
        if (/\["SIGINT", "SIGTERM"\]/.test(code)) found.push(path);
      }
    }
  }
  for (const folder of ["lib/", "tasks/"]) await look(folder);
  assertEquals(found, ["lib/base/ending_signals.ts"]);
});
