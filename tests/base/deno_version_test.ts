import { assert, assertEquals } from "@std/assert";
import {
  denoProblem,
  isBefore,
  LOWEST_DENO,
  TESTED_DENO,
} from "../../lib/base/deno_version.ts";

Deno.test("isBefore() compares versions by their numbers", () => {
  const order = [
    "1.46.3",
    "2.0.0",
    "2.4.4",
    "2.5.0",
    "2.5.7",
    "2.10.1",
    "3.0.0-rc.1",
  ];
  for (const [i, a] of order.entries()) {
    for (const [j, b] of order.entries()) assertEquals(isBefore(a, b), i < j);
  }
  assert(isBefore("2.4", "2.5.0"));
  assert(!isBefore("2.5", "2.5.0"));
  assert(!isBefore("2.5.0+1a2b3c4", "2.5.0"));
});

Deno.test("denoProblem() is one line for what is too old, and names what is not", () => {
  for (const version of ["1.46.3", "2.0.6", "2.4.4"]) {
    const line = denoProblem(version);
    assertEquals(line?.split("\n").length, 1);
    assert(line?.includes(`Deno ${version}: expected ${LOWEST_DENO} or later`));
  }
  for (const version of ["2.5.0", "2.5.7", "2.9.6", "3.0.0"]) {
    assertEquals(denoProblem(version), null);
  }
});

Deno.test("the lowest Deno is the same in deno.json, in the README and in the code", async () => {
  const read = (name: string) =>
    Deno.readTextFile(new URL(`../../${name}`, import.meta.url));
  const { engines } = JSON.parse(await read("deno.json"));
  assertEquals(engines, { deno: `>=${LOWEST_DENO}` });
  const readme = (await read("README.md")).replaceAll(/\s+/g, " ");
  assert(readme.includes(`Deno ${LOWEST_DENO} or later`));
  assert(Deno.version.deno.startsWith(`${TESTED_DENO}.`));
});
