import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { packedFiles, packFile } from "../../lib/app/packed_files.ts";

const CSS = new TextEncoder().encode("body { color: red }\n".repeat(200));

function ask(path: string, init?: RequestInit): Response | null {
  const files = [
    packFile("/styles.css", CSS),
    packFile("/_fresh/js/1/a.js", new Uint8Array()),
  ];
  return packedFiles(files)(new Request(`http://x.example${path}`, init));
}

Deno.test("packFile() makes a text smaller, and packedFiles() answers it as it was", async () => {
  const [, packed] = packFile("/styles.css", CSS);
  assert(packed.length < CSS.length / 4, `${packed.length}`);
  const response = ask("/styles.css")!;
  assertEquals(response.headers.get("content-type"), "text/css; charset=UTF-8");
  assertEquals(response.headers.get("content-length"), `${CSS.length}`);
  assertEquals(response.headers.get("cache-control"), "no-cache");
  assertEquals(new Uint8Array(await response.arrayBuffer()), CSS);
});

Deno.test("packedFiles() answers any bytes as they were, none among them", async () => {
  const bytes = crypto.getRandomValues(new Uint8Array(10_000));
  const files = packedFiles([
    packFile("/x.bin", bytes),
    packFile("/no", new Uint8Array()),
  ]);
  const of = async (path: string) =>
    new Uint8Array(
      await files(new Request(`http://x.example${path}`))!.arrayBuffer(),
    );
  assertEquals(await of("/x.bin"), bytes);
  assertEquals(await of("/no"), new Uint8Array());
});

Deno.test("packedFiles() knows its files by their tags, keeps the build's and has no others", () => {
  const etag = ask("/styles.css")!.headers.get("etag")!;
  const same = ask("/styles.css", { headers: { "if-none-match": etag } })!;
  assertEquals(same.status, 304);
  assertEquals(same.body, null);
  assertNotEquals(ask("/_fresh/js/1/a.js")!.headers.get("etag"), etag);
  for (const path of ["/_fresh/js/1/a.js", "/styles.css?__frsh_c=1"]) {
    const kept = ask(path)!.headers.get("cache-control");
    assertEquals(kept, "public, max-age=31536000, immutable");
  }
  assertEquals(ask("/styles.css", { method: "POST" })!.status, 405);
  assertEquals(ask("/styles.css", { method: "HEAD" })!.body, null);
  for (const path of ["/", "/styles", "/styles.css/", "/%2e/styles.cs"]) {
    assertEquals(ask(path), null);
  }
});
