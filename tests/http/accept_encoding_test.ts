import { assertEquals } from "@std/assert";
import { acceptedEncoding } from "../../lib/http/accept_encoding.ts";

for (
  const [field, expected] of [
    [null, null],
    ["", null],
    ["gzip, deflate, br", "br"],
    ["gzip, deflate", "gzip"],
    ["deflate", null],
    ["identity", null],
    ["*", "br"],
    ["*;q=0", null],
    ["br;q=0, *", "gzip"],
    ["br;q=0, gzip;q=0", null],
    ["BR", "br"],
    ["br;q=0.1,gzip;q=0.2", "gzip"],
    ["br ; q=0.001", "br"],
    ["gzip;q=1.000, br;q=1.0", "br"],
    ["br;q=2", "br"],
    ["br;q=nonsense, gzip", "br"],
    ["brotli, gzipped", null],
    [",,,gzip", "gzip"],
    ["x,".repeat(40) + "br", null],
  ] as const
) {
  Deno.test(`Accept-Encoding: ${field?.slice(0, 40)} has ${expected}`, () => {
    assertEquals(acceptedEncoding(field), expected);
  });
}
