import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PagedFile } from "../../lib/geo/pages.ts";
import { openFile } from "../../lib/geo/packaged.ts";

const bytes = new Uint8Array(41_000).map((_, i) => (i * i + (i >> 8)) % 251);

async function withFile(run: (path: string) => void): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, bytes);
    run(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("PagedFile: any reads in any order give what the file holds, however few pages are kept", () =>
  withFile((path) => {
    const reads = fc.array(fc.tuple(fc.nat(45_000), fc.nat(9_000)), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(reads, fc.integer({ min: 1, max: 12 }), (all, slots) => {
        const file = new PagedFile(path, slots);
        try {
          assertEquals(file.size, bytes.length);
          for (const [at, length] of all) {
            assertEquals(
              file.read(at, length).slice(),
              bytes.slice(at, at + length),
            );
          }
        } finally {
          file.close();
        }
      }),
    );
  }));

Deno.test("PagedFile: reads before the file and behind it hold nothing", () =>
  withFile((path) => {
    const file = new PagedFile(path, 2);
    assertEquals(file.read(-1, 5).length, 0);
    assertEquals(file.read(41_000, 5).length, 0);
    assertEquals(file.read(40_999, 5).length, 1);
    file.close();
  }));

Deno.test("openFile() says in one line what it cannot open", () => {
  assertThrows(
    () => openFile("/nowhere/city.mmdb"),
    Error,
    "Cannot open the geolocation data at /nowhere/city.mmdb: it is not there",
  );
});

Deno.test({
  name: "openFile() says that it needs the permission to read",
  permissions: { read: false },
  fn: () => {
    const error = assertThrows(() => openFile("/etc/hostname"), Error);
    assertEquals(
      error.message,
      "Cannot open the geolocation data at /etc/hostname: it needs --allow-read for it",
    );
  },
});
