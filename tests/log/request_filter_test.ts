import { assertEquals, assertThrows } from "@std/assert";
import { requestFilter } from "../../lib/log/request_filter.ts";
import { pageRequests } from "../../lib/log/request_query.ts";
import { Refusal } from "../../lib/base/refusal.ts";
import { record, store } from "./_records.ts";

const NOW = Date.UTC(2026, 0, 5, 12);
const RECORDS = [
  { path: "/a", ip_address: "203.0.113.9", country_code: "DE" },
  { path: "/b", ip_address: "203.0.113.10", status: 404, method: "POST" },
  { path: "/c", ip_address: "2001:db8::1", username: "ann", status: 403 },
  { path: "/d/e", outcome: "blocked", status: 403, country_code: "FR" },
  { path: "/d/f", outcome: "limited", status: 429, username: "bob" },
] as const;

/** The paths of the records that match a filter, in alphabetical order. */
async function paths(kv: Deno.Kv, query: string): Promise<string> {
  const filter = requestFilter(new URLSearchParams(query));
  const { items } = await pageRequests(kv, { filter, limit: 50 }, () => NOW);
  return items.map(({ path }) => path).sort().join(" ");
}

Deno.test("requestFilter(): each field can be looked for, and left out", async (t) => {
  using kv = await Deno.openKv(":memory:");
  await store(
    kv,
    () => NOW,
    RECORDS.map((fields, i) => record({ timestamp: NOW - i, ...fields })),
  );
  const table: Record<string, string> = {
    "": "/a /b /c /d/e /d/f",
    "ip!=": "/a /b /c /d/e /d/f",
    "ip=203.0.113.9": "/a /d/e /d/f",
    "ip!=203.0.113.9": "/b /c",
    "ip!=203.0.113.0/24": "/c",
    "ip=203.0.113.0/24&ip!=203.0.113.9": "/b",
    "path!=/d*": "/a /b /c",
    "path=/d*&path!=/d/e": "/d/f",
    "path!=/a&path!=/b&path!=/c": "/d/e /d/f",
    "method!=get": "/b",
    "status!=4xx": "/a",
    "status!=403": "/a /b /d/f",
    "country!=DE": "/b /c /d/e /d/f",
    "country!=fr": "/a /b /c /d/f",
    "country=DE,FR": "/a /d/e",
    "status=404,403&country!=FR": "/b /c",
    "outcome=blocked,limited": "/d/e /d/f",
    "ip=203.0.113.10,2001:db8::/32": "/b /c",
    "username=ann,bob": "/c /d/f",
    "username!=ann": "/a /b /d/e /d/f",
    "outcome!=allowed": "/d/e /d/f",
    "outcome!=allowed&outcome!=limited": "/d/e",
    "outcome=blocked&outcome!=blocked": "",
  };
  for (const [query, found] of Object.entries(table)) {
    await t.step(query, async () => {
      assertEquals(await paths(kv, query), found);
    });
  }
});

Deno.test("requestFilter(): what cannot be meant is refused, left out or not", () => {
  const many = Array.from({ length: 51 }, (_, i) => `path!=/${i}`).join("&");
  for (
    const query of [
      "ip=banana",
      "ip!=banana",
      "ip!=203.0.113.9&ip!=203.0.113",
      "status!=20",
      "outcome=all",
      "country=France",
      "country!=France",
      "status=404,20",
      "outcome!=all",
      many,
    ]
  ) {
    assertThrows(
      () => requestFilter(new URLSearchParams(query)),
      Refusal,
    );
  }
});

Deno.test("requestFilter(): parts of texts, browsers, systems, operators, and who is a bot", async (t) => {
  using kv = await Deno.openKv(":memory:");
  const firefox =
    "Mozilla/5.0 (Windows NT 10.0; rv:146.0) Gecko/20100101 Firefox/146.0";
  const rows = [
    { path: "/a", user_agent: firefox, asn: 64500, operator: "Example, Inc" },
    {
      path: "/b/login,x",
      user_agent: "sqlmap/1.8",
      referrer: "https://A.test/",
    },
    { path: "/c", user_agent: null, username: "Ann" },
    { path: "/admin/requests", user_agent: firefox, username: "maria" },
    { path: "/admin", user_agent: firefox },
    { path: "/administer", user_agent: firefox, username: "maria" },
  ];
  await store(
    kv,
    () => NOW,
    rows.map((fields, i) => record({ timestamp: NOW - i, ...fields })),
  );
  const table: Record<string, string> = {
    "path=~LOGIN": "/b/login,x",
    "path=/b/login,x": "/b/login,x",
    "path!=~admin": "/a /b/login,x /c",
    "username=~an": "/c",
    "username=~ANN,maria": "/admin/requests /administer /c",
    "operator=~example": "/a",
    "operator=Example, Inc": "/a",
    "operator!=~example&visitor=human": "/admin /admin/requests /administer",
    "user_agent=~SQLMAP": "/b/login,x",
    "user_agent=sqlmap*": "/b/login,x",
    "referrer=~a.test": "/b/login,x",
    "browser=firefox&system=windows": "/a /admin /admin/requests /administer",
    "browser!=Firefox": "/b/login,x /c",
    "system=Linux": "",
    "visitor=bot": "/b/login,x",
    "visitor=unknown": "/c",
    "visitor=human,bot&path=/b*": "/b/login,x",
    "browser=Firefox&bot=sqlmap": "",
    // Requests to the console without a login do not count as its own traffic.
    "console=hide": "/a /admin /administer /b/login,x /c",
    "console=only": "/admin/requests",
    "console=show&path=/c": "/c",
  };
  for (const [query, found] of Object.entries(table)) {
    await t.step(query, async () => {
      assertEquals(await paths(kv, query), found);
    });
  }
  for (const query of ["visitor=people", "console=no"]) {
    assertThrows(() => requestFilter(new URLSearchParams(query)), Refusal);
  }
});
