import { assertEquals } from "@std/assert";
import { CookieWatch } from "../../lib/guard/new_cookie.ts";
import { FLAG } from "../../lib/log/request_record.ts";

const GIVEN = FLAG.cookiesSeen | FLAG.newCookie;

function answer(status: number, ...cookies: string[]) {
  return { status, fields: cookies.flatMap((line) => ["Set-Cookie", line]) };
}

function sent(cookie?: string): Headers {
  return new Headers(cookie === undefined ? {} : { cookie });
}

const AFTER_LOGIN: [cookie: string | undefined, line: string, flags: number][] =
  [
    [undefined, "sid=abc; Path=/; HttpOnly", GIVEN],
    ["sid=old", "sid=new", GIVEN],
    ["sid=abc", "sid=abc; Path=/", FLAG.cookiesSeen],
    [undefined, "sid=; Path=/", FLAG.cookiesSeen],
    [undefined, "sid=deleted; Max-Age=0", FLAG.cookiesSeen],
    [undefined, "sid=x; max-age=-1", FLAG.cookiesSeen],
    [
      undefined,
      "sid=x; Expires=Thu, 01 Jan 1970 00:00:01 GMT",
      FLAG.cookiesSeen,
    ],
    [undefined, "csrftoken=abc", FLAG.cookiesSeen],
    [undefined, "XSRF-TOKEN=abc", FLAG.cookiesSeen],
    [undefined, "wordpress_test_cookie=WP%20Cookie%20check", FLAG.cookiesSeen],
    [undefined, "=abc", FLAG.cookiesSeen],
    [undefined, "no pair", FLAG.cookiesSeen],
  ];

for (const [cookie, line, flags] of AFTER_LOGIN) {
  Deno.test(`CookieWatch: "${line}" to ${cookie ?? "no cookie"} is ${flags === GIVEN ? "a" : "no"} new one`, () => {
    const watch = new CookieWatch();
    assertEquals(
      watch.flagsOf("POST", "/login", sent(cookie), answer(200, line)),
      flags,
    );
    const headers = new Headers({ "set-cookie": line });
    assertEquals(
      watch.flagsOf("POST", "/login", sent(cookie), { status: 200, headers }),
      flags,
    );
  });
}

Deno.test("CookieWatch: a session that the page gives to everybody is no login; another in its place is", () => {
  const watch = new CookieWatch();
  const post = (cookie?: string, ...lines: string[]) =>
    watch.flagsOf("POST", "/enter", sent(cookie), answer(200, ...lines));
  post();
  watch.flagsOf("GET", "/enter", sent(), answer(200, "PHPSESSID=1"));
  assertEquals(post(undefined, "PHPSESSID=2"), FLAG.cookiesSeen);
  assertEquals(post("PHPSESSID=1", "PHPSESSID=3"), GIVEN);
  assertEquals(post(undefined, "PHPSESSID=2", "remember=x"), GIVEN);
});

Deno.test("CookieWatch: only the answer 200 to a POST is looked at", () => {
  const watch = new CookieWatch();
  const flags = (method: string, status: number) =>
    watch.flagsOf(method, "/", sent(), answer(status, "sid=abc"));
  assertEquals(
    [flags("GET", 200), flags("POST", 302), flags("PUT", 200)],
    [0, 0, 0],
  );
});
