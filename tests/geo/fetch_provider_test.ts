import { assertEquals, assertRejects } from "@std/assert";
import {
  createProviderClient,
  type ProviderClientOptions,
  ProviderError,
} from "../../lib/geo/fetch_provider.ts";
import { ipapi } from "../../lib/geo/ipapi.ts";
import { ipinfo } from "../../lib/geo/ipinfo.ts";

const IP = "193.0.6.139";
const oslo = {
  ip: IP,
  country_code: "NO",
  city: "Oslo",
  latitude: 59.9,
  longitude: 10.7,
};

type Answer = () => Response | Promise<Response>;

/** A client whose provider gives these responses in turn, the last one for ever. */
function setUp(
  answers: Answer[],
  options: Partial<ProviderClientOptions> = {},
) {
  const clock = { now: Date.UTC(2026, 0, 1) };
  const requests: Request[] = [];
  const client = createProviderClient({
    provider: ipapi,
    now: () => clock.now,
    retryMs: () => 0,
    fetch(input, init) {
      requests.push(new Request(input, init));
      const answer = answers[Math.min(requests.length, answers.length) - 1]!;
      return Promise.resolve().then(answer);
    },
    ...options,
  });
  return { clock, client, requests };
}

const json = (value: unknown, init?: ResponseInit): Answer => () =>
  new Response(JSON.stringify(value), init);
const text = (body: string, init?: ResponseInit): Answer => () =>
  new Response(body, init);
const status = (status: number, headers?: HeadersInit): Answer => () =>
  new Response("<h1>no</h1>", { status, headers });
const unreachable: Answer = () => Promise.reject(new TypeError("no route"));

Deno.test("ipapi: an answer becomes a place", async () => {
  const { client, requests } = setUp([json({ ...oslo, org: "x" })]);
  assertEquals(await client.lookup(IP), {
    country_code: "NO",
    country: "Norway",
    city: "Oslo",
    latitude: 59.9,
    longitude: 10.7,
    source: "ipapi",
  });
  assertEquals(requests.length, 1);
  const [request] = requests;
  assertEquals(request?.url, `https://ipapi.co/${IP}/json/`);
  assertEquals(request?.redirect, "error");
  assertEquals(request?.headers.get("authorization"), null);
});

Deno.test("ipinfo: the token is a bearer token and in no URL", async () => {
  const { client, requests } = setUp(
    [json({ ip: IP, country: "NO", city: "Oslo", loc: "59.91,-10.75" })],
    { provider: ipinfo, token: "s3cret" },
  );
  const place = await client.lookup(IP);
  assertEquals(place?.country, "Norway");
  assertEquals([place?.latitude, place?.longitude], [59.91, -10.75]);
  assertEquals(place?.source, "ipinfo");
  assertEquals(requests[0]?.url, `https://ipinfo.io/${IP}/json`);
  assertEquals(requests[0]?.headers.get("authorization"), "Bearer s3cret");
});

Deno.test("ipapi: is never sent a token", async () => {
  const { client, requests } = setUp([json(oslo)], { token: "s3cret" });
  await client.lookup(IP);
  assertEquals(requests[0]?.headers.get("authorization"), null);
});

Deno.test("ipinfo: a token refused with 403 is used for countries", async () => {
  const lite = { ip: IP, country_code: "NO", country: "Norway" };
  const { client, requests } = setUp([status(403), json(lite)], {
    provider: ipinfo,
    token: "lite",
  });
  for (let i = 0; i < 2; i++) {
    const place = await client.lookup(IP);
    assertEquals([place?.country_code, place?.city], ["NO", null]);
  }
  assertEquals(requests.map((request) => new URL(request.url).host), [
    "ipinfo.io",
    "api.ipinfo.io",
    "api.ipinfo.io",
  ]);
  assertEquals(client.breaker(), "closed");
});

Deno.test("ipinfo: coordinates are read strictly", async () => {
  const bad = ["", "59.9", "59.9,", "a,b", "1e1,2", "91,0", "1,2,3", " 1,2"];
  for (const loc of [...bad, `${"1".repeat(99)},2`, null, 5, ["1,2"]]) {
    const { client } = setUp([json({ ip: IP, country: "NO", loc })], {
      provider: ipinfo,
    });
    const place = await client.lookup(IP);
    assertEquals([place?.country_code, place?.latitude], ["NO", null]);
  }
});

Deno.test("provider: says that it does not know, which is no failure", async () => {
  const answers: [typeof ipapi, unknown][] = [
    [ipapi, { ip: IP, error: true, reason: "Reserved", reserved: true }],
    [ipapi, { ip: IP, city: null, country_code: null }],
    [ipapi, { ip: IP }],
    [ipinfo, { ip: IP, bogon: true }],
    [ipinfo, { ip: IP, country: "EU" }],
  ];
  for (const [provider, answer] of answers) {
    const { client } = setUp([json(answer)], { provider });
    assertEquals(await client.lookup(IP), null);
    assertEquals(client.error(), null);
  }
});

Deno.test("hostile answers fail and are never believed", async () => {
  const table: [string, Answer][] = [
    ["HTML", text("<!doctype html><title>Sign in</title>")],
    ["null", text("null")],
    ["empty", text("")],
    ["no body", () => new Response(null)],
    ["an array", json([oslo])],
    ["a string", json("Oslo")],
    ["a number", json(1)],
    ["cut JSON", text('{"ip":"193.0.6.139","city":')],
    ["no address", json({ ...oslo, ip: undefined })],
    ["another address", json({ ...oslo, ip: "8.8.8.8" })],
    ["this server's address", json({ ...oslo, ip: "127.0.0.1" })],
    ["an address of the wrong type", json({ ...oslo, ip: [IP] })],
    ["__proto__", text(`{"__proto__":{"ip":"${IP}","country_code":"NO"}}`)],
    ["an error", json({ ...oslo, error: true, reason: "RateLimited" })],
    ["a huge body", text(JSON.stringify({ ...oslo, x: "x".repeat(17_000) }))],
    ["a redirect", () => Response.redirect("https://evil.example/", 302)],
    ["201", json(oslo, { status: 201 })],
    ["204", () => new Response(null, { status: 204 })],
    ["401", status(401)],
    ["403", status(403)],
    ["404", status(404)],
    ["500", status(500)],
    ["unreachable", unreachable],
    ["not a response", () => null as unknown as Response],
  ];
  for (const [name, answer] of table) {
    const { client } = setUp([answer]);
    await assertRejects(() => client.lookup(IP), ProviderError, "", name);
    assertEquals(typeof client.error(), "string", name);
  }
});

Deno.test("wrong types and markup give a clean place", async () => {
  const table: [Record<string, unknown>, string | null][] = [
    [{ city: '"><img src=x onerror=alert(1)>' }, "NO"],
    [{ city: "東京", country_code: "JP" }, "JP"],
    [{ city: { toString: "x" }, latitude: "59.9" }, "NO"],
    [{ country_code: ["NO"] }, null],
    [{ country_code: "__proto__" }, null],
    [{ country_code: "EU", city: "\u202e\0Brussels" }, null],
    [{ latitude: 1e308, longitude: {} }, "NO"],
  ];
  for (const [fields, code] of table) {
    const { client } = setUp([json({ ...oslo, ...fields })]);
    const place = await client.lookup(IP);
    assertEquals(place?.country_code, code);
    assertEquals(/\p{Cc}|\u202e/u.test(place?.city ?? ""), false);
  }
});

Deno.test("an endless body is read no further than 16 kB", async () => {
  let sent = 0;
  let cancelled = false;
  const endless = () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          sent += 4096;
          controller.enqueue(new Uint8Array(4096).fill(32));
        },
        cancel() {
          cancelled = true;
        },
      }),
    );
  const { client } = setUp([endless]);
  await assertRejects(() => client.lookup(IP), ProviderError);
  assertEquals(sent <= 32_768, true);
  assertEquals(cancelled, true);
});

Deno.test("slow answers and hanging bodies end by the timeout", async () => {
  const slow: Answer[] = [
    () => new Promise(() => {}),
    () =>
      new Response(new ReadableStream({ pull: () => new Promise(() => {}) })),
    () =>
      new Response(
        new ReadableStream({
          pull: () => new Promise(() => {}),
          cancel: () => new Promise(() => {}),
        }),
      ),
  ];
  for (const answer of slow) {
    const { client, requests } = setUp([answer], { timeoutMs: 20 });
    await assertRejects(() => client.lookup(IP), ProviderError, "too long");
    assertEquals(requests.length, 1);
  }
});

Deno.test("provider: a network error or a 5xx is tried a second time", async () => {
  for (const first of [unreachable, status(500), status(503)]) {
    const { client, requests } = setUp([first, json(oslo)]);
    assertEquals((await client.lookup(IP))?.city, "Oslo");
    assertEquals(requests.length, 2);
  }
  for (const every of [unreachable, status(500)]) {
    const { client, requests } = setUp([every]);
    await assertRejects(() => client.lookup(IP), ProviderError);
    assertEquals(requests.length, 2);
  }
  for (const only of [status(404), status(401), text("<html>")]) {
    const { client, requests } = setUp([only, json(oslo)]);
    await assertRejects(() => client.lookup(IP), ProviderError);
    assertEquals(requests.length, 1);
  }
});

Deno.test("429 gives a provider the rest it asked for", async () => {
  const { client, clock, requests } = setUp([
    status(429, { "retry-after": "120" }),
    json(oslo),
  ]);
  await assertRejects(() => client.lookup(IP), ProviderError, "429");
  assertEquals(client.breaker(), "open");
  assertEquals(client.ready(), false);
  clock.now += 119_999;
  await assertRejects(() => client.lookup(IP), ProviderError, "paused");
  assertEquals(requests.length, 1);
  clock.now += 1;
  assertEquals((await client.lookup(IP))?.city, "Oslo");
  assertEquals(client.breaker(), "closed");
});

Deno.test("provider: five failures in a row give it a minute's rest", async () => {
  const { client, clock, requests } = setUp([status(404)]);
  for (let i = 0; i < 8; i++) {
    await assertRejects(() => client.lookup(IP), ProviderError);
  }
  assertEquals(requests.length, 5);
  clock.now += 60_000;
  await Promise.allSettled([1, 2, 3].map(() => client.lookup(IP)));
  assertEquals(requests.length, 6);
  assertEquals(client.breaker(), "open");
});

Deno.test("provider: at most four look-ups are under way", async () => {
  let running = 0;
  let most = 0;
  const client = createProviderClient({
    provider: ipapi,
    now: () => 0,
    async fetch(input) {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
      const ip = new URL(String(input)).pathname.split("/")[1];
      return Response.json({ ...oslo, ip });
    },
  });
  const ips = Array.from({ length: 20 }, (_, i) => `193.0.6.${i}`);
  const places = await Promise.all(ips.map(client.lookup));
  assertEquals(places.every((place) => place?.city === "Oslo"), true);
  assertEquals(most, 4);
});

Deno.test("only a canonical public address is asked for", async () => {
  const { client, requests } = setUp([json(oslo)]);
  const refused = [
    "1.1.1.1/../../x?",
    "1.1.1.1?x=",
    "1.1.1.1#",
    "@evil.example",
    "1.1.1.1\r\nHost: evil.example",
    " 193.0.6.139",
    "010.1.1.1",
    "2001:4860:4860:0:0:0:0:8888",
    "2001:4860::8888%eth0",
    "::ffff:8.8.8.8",
    "",
    "x".repeat(10_000),
    "10.0.0.1",
    "127.0.0.1",
    "100.64.1.1",
    "169.254.169.254",
    "192.0.2.1",
    "172.16.0.1",
    "::1",
    "fe80::1",
    "fd00::1",
    "2001:db8::1",
  ];
  for (const ip of refused) {
    await assertRejects(() => client.lookup(ip), ProviderError, "public", ip);
  }
  assertEquals(requests.length, 0);
  // Beside 172.16.0.0/12, not in it.
  for (const ip of ["172.15.0.1", "172.32.0.1", "2001:4860:4860::8888"]) {
    await client.lookup(ip).catch(() => {});
    assertEquals(requests.at(-1)?.url, `https://ipapi.co/${ip}/json/`);
  }
});

Deno.test("provider: closed, it ends what is under way and asks no more", async () => {
  const { client, requests } = setUp([() => new Promise(() => {})]);
  const looking = assertRejects(() => client.lookup(IP), ProviderError);
  await Promise.resolve();
  client.close();
  await looking;
  await assertRejects(() => client.lookup(IP), ProviderError, "ended");
  assertEquals(requests.length, 1);
  assertEquals(client.ready(), false);
});

Deno.test("provider: no error shows the token", async () => {
  const answers: Answer[] = [
    status(401),
    status(500),
    text("s3cret"),
    () => Promise.reject(new TypeError("cannot send Bearer s3cret")),
  ];
  for (const answer of answers) {
    const { client } = setUp([answer], { provider: ipinfo, token: "s3cret" });
    const error = await assertRejects(() => client.lookup(IP));
    assertEquals(Deno.inspect(error).includes("s3cret"), false);
  }
});
