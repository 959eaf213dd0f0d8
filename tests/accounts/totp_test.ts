import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { toBase32 } from "../../lib/accounts/base32.ts";
import {
  matchTotp,
  newTotpSecret,
  totpCode,
  totpUri,
} from "../../lib/accounts/totp.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** RFC 6238, appendix B, for SHA-1; the last six of its eight digits. */
const VECTORS: [seconds: number, code: string][] = [
  [59, "287082"],
  [1_111_111_109, "081804"],
  [1_111_111_111, "050471"],
  [1_234_567_890, "005924"],
  [2_000_000_000, "279037"],
  [20_000_000_000, "353130"],
];
const SECRET = encode("12345678901234567890");

Deno.test("totpCode() makes the codes of RFC 6238", () => {
  for (const [seconds, code] of VECTORS) {
    assertEquals(totpCode(SECRET, Math.floor(seconds / 30)), code);
  }
});

Deno.test("toBase32() encodes as RFC 4648 does, without padding", () => {
  const vectors = {
    "": "",
    f: "MY",
    fo: "MZXQ",
    foo: "MZXW6",
    foob: "MZXW6YQ",
    fooba: "MZXW6YTB",
    foobar: "MZXW6YTBOI",
  };
  for (const [text, expected] of Object.entries(vectors)) {
    assertEquals(toBase32(encode(text)), expected);
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
    const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0"))
      .join("");
    const expected = (bits.match(/.{1,5}/g) ?? []).map((group) =>
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[parseInt(group.padEnd(5, "0"), 2)]
    ).join("");
    assertEquals(toBase32(bytes), expected);
  }));
});

Deno.test("matchTotp() accepts a code in its own 30 seconds, or a phone that is a step ahead", () => {
  const secret = newTotpSecret();
  const now = 1_000_000 * 30_000 + 12_345;
  for (const off of [-3, -2, -1, 0, 1, 2, 3]) {
    const step = 1_000_000 + off;
    // By chance two steps can have the same code; then either is correct.
    const codes = [0, 1].map((o) => totpCode(secret, 1_000_000 + o));
    const found = matchTotp(secret, totpCode(secret, step), now, 0);
    if (off === 0 || off === 1) assert(found !== null);
    else assertEquals(found !== null, codes.includes(totpCode(secret, step)));
  }
});

Deno.test("matchTotp() accepts no step up to the last one used", () => {
  const now = 37_037_036 * 30_000;
  const code = totpCode(SECRET, 37_037_036);
  assertEquals(matchTotp(SECRET, code, now, 37_037_035), 37_037_036);
  assertEquals(matchTotp(SECRET, code, now, 37_037_036), null);
  const before = totpCode(SECRET, 37_037_035);
  assertEquals(matchTotp(SECRET, before, now, 37_037_036), null);
});

Deno.test("matchTotp() takes a code with spaces, and nothing that is no code", () => {
  const now = 59_000;
  assertEquals(matchTotp(SECRET, "287 082", now, 0), 1);
  assertEquals(matchTotp(SECRET, " 287082\n", now, 0), 1);
  for (
    const code of [
      "",
      "28708",
      "2870822",
      "94287082",
      "28708x",
      "２８７０８２",
      "-87082",
      "0x4616a",
      "287082".repeat(10_000),
    ]
  ) {
    assertEquals(matchTotp(SECRET, code, now, 0), null, code.slice(0, 20));
  }
});

Deno.test("totpUri() is what apps read, whatever the user is called", () => {
  const uri = new URL(totpUri(SECRET, "ａ/b?secret=evil&ü"));
  assertEquals(uri.protocol, "otpauth:");
  assertEquals(uri.searchParams.getAll("secret"), [
    "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
  ]);
  assertEquals(uri.searchParams.get("issuer"), "Portcullis");
  assertEquals(
    decodeURIComponent(uri.pathname.split("/").at(-1)!),
    "Portcullis:ａ/b?secret=evil&ü",
  );
});
