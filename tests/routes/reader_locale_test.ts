import { assertEquals } from "@std/assert";
import { readerLocale } from "../../middlewares/reader_locale.ts";

Deno.test("readerLocale() takes the first language it has rules for", () => {
  const table: [string | null, string][] = [
    [null, "en"],
    ["", "en"],
    ["*", "en"],
    ["de", "de"],
    ["de-CH,de;q=0.9,en;q=0.8", "de-CH"],
    ["tlh, fr;q=0.5", "fr"],
    ["en-US,en;q=0.5", "en-US"],
    ["<script>,de", "de"],
    ["x".repeat(100_000), "en"],
    ["a-DE-1996-u-ca-islamic", "en"],
  ];
  for (const [header, locale] of table) {
    assertEquals(readerLocale(header), locale, String(header).slice(0, 40));
  }
});
