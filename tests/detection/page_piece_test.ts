import { assertEquals } from "@std/assert";
import { isPagePiece } from "../../lib/detection/page_piece.ts";
import { record } from "./records.ts";

const PIECE = {
  path: "/lib/images/error.png",
  referrer: "https://wiki.example:8443/doku.php",
  host: "wiki.example",
};

const CASES: [what: string, change: Parameters<typeof record>[0], boolean][] = [
  ["a picture of a page that was shown", {}, true],
  ["one that the browser had", { status: 304 }, true],
  ["a style in capitals", { path: "/MAIN.CSS" }, true],
  ["a log that does not say the host", { host: null }, true],
  ["a host with its port", { host: "wiki.example:8443" }, true],
  ["a page", { path: "/doku.php" }, false],
  ["a path without a name's end", { path: "/png" }, false],
  ["what is not there", { status: 404 }, false],
  ["what is sent", { method: "POST" }, false],
  ["what nobody led to", { referrer: null }, false],
  ["what another site led to", { referrer: "https://example.net/" }, false],
  [
    "a name that only begins alike",
    { referrer: "https://wiki.example.net/" },
    false,
  ],
  ["a referrer that is no address", { referrer: "wiki.example" }, false],
];
for (const [what, change, wanted] of CASES) {
  Deno.test(`isPagePiece() says ${wanted ? "yes" : "no"} to ${what}`, () => {
    assertEquals(isPagePiece(record({ ...PIECE, ...change })), wanted);
  });
}
