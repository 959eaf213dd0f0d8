import { assertEquals } from "@std/assert";
import { ProgramPaths } from "../../lib/policy/program_paths.ts";

const BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0";
const CURL = "curl/8.5.0";

function found(
  ...uses: [
    path: string,
    times: number,
    agent?: string | null,
    status?: number,
  ][]
) {
  const paths = new ProgramPaths();
  for (const [path, times, user_agent = CURL, status = 200] of uses) {
    for (let i = 0; i < times; i++) paths.count({ path, status, user_agent });
  }
  return paths.found();
}

Deno.test("paths that programs use are found, by their first segment where it holds several", () => {
  assertEquals(
    found(
      ["/feed.xml", 5, "Feedly/1.0 (+http://www.feedly.com/fetcher.html)"],
      ["/api/users", 4],
      ["/api/orders", 8, "okhttp/4.12.0"],
      ["/hooks/paid", 3, "Stripe/1.0 (+https://stripe.com/docs/webhooks)"],
      ["/", 90, BROWSER],
      ["/about", 90, BROWSER],
    ),
    [
      { path: "/api/*", requests: 12 },
      { path: "/feed.xml", requests: 5 },
      { path: "/hooks/paid", requests: 3 },
    ],
  );
});

const NOT_PROPOSED: [why: string, ...uses: Parameters<typeof found>][] = [
  ["browsers come, too", ["/a", 9], ["/a", 2, BROWSER]],
  ["programs come once or twice", ["/a", 2]],
  ["it was not served", ["/.env", 9, CURL, 404], ["/admin", 9, CURL, 403]],
  ["a headless browser is what a challenge is for", [
    "/a",
    9,
    "Mozilla/5.0 HeadlessChrome/120.0",
  ]],
  ["nobody says who they are", ["/a", 9, null], ["/b", 9, ""]],
  ["it is the front page", ["/", 9]],
  ["a glob would say something else", ["/a*b", 9], ["/a?b", 9], ["/a\nb", 9]],
];

for (const [why, ...uses] of NOT_PROPOSED) {
  Deno.test(`nothing is proposed where ${why}`, () => {
    assertEquals(found(...uses), []);
  });
}

Deno.test("a segment that browsers use leaves its single paths", () => {
  assertEquals(
    found(["/shop/stock.json", 9], ["/shop/cart", 9, BROWSER]),
    [{ path: "/shop/stock.json", requests: 9 }],
  );
});
