import { assertEquals } from "@std/assert";
import { readList } from "../../lib/feeds/read_list.ts";
import { LAYOUTS, LETTING_IN, NOW, UNCLEAR } from "./_layouts.ts";

async function read(text: string) {
  const list = await readList(new Blob([text]).stream(), {
    screen: () => null,
    now: NOW,
  });
  return {
    damaged: list.damaged,
    wanted: [...list.wanted].map(([ip, { note, expires_at }]) => [
      ip,
      note,
      expires_at,
    ]),
  };
}

for (const [name, [text, wanted]] of Object.entries(LAYOUTS)) {
  Deno.test(`a list is read: ${name}`, async () => {
    assertEquals(await read(text), { damaged: 0, wanted });
  });
}

Deno.test("a list of what is no range is damaged there", async () => {
  for (const line of ["1.2.3.9-1.2.3.4", "1.2.3.4-2001:db8::1", "a-b"]) {
    assertEquals(await read(line), { damaged: 1, wanted: [] });
  }
});

for (const [name, text] of Object.entries(LETTING_IN)) {
  Deno.test(`what a list lets in is no entry: ${name}`, async () => {
    const { wanted } = await read(text);
    assertEquals(wanted.map(([ip]) => ip), ["1.2.3.4"]);
  });
}

for (const line of UNCLEAR) {
  Deno.test(`an unclear line of a list is refused: ${line}`, async () => {
    assertEquals(await read(`${line}\n`), { damaged: 1, wanted: [] });
  });
}

Deno.test("columns in a comment only hold where the rows fit", async () => {
  const { damaged, wanted } = await read(
    "# ip, comment\n1.2.3.4, scans, and more\n1.2.3.5, x\n",
  );
  assertEquals([damaged, wanted.map(([ip]) => ip)], [0, [
    "1.2.3.4",
    "1.2.3.5",
  ]]);
});
