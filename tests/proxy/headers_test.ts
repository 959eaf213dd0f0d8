import { assertEquals } from "@std/assert";
import {
  answerFields,
  type Arrival,
  requestFields,
} from "../../lib/proxy/headers.ts";

const STRANGER: Arrival = {
  peer: "192.0.2.1",
  trusted: false,
  client: "192.0.2.1",
  scheme: null,
  clientIpHeader: "x-forwarded-for",
};

/** The resulting fields, by lower-case name. */
function fields(
  headers: Record<string, string>,
  arrival: Partial<Arrival> = {},
): Record<string, string> {
  const sent = requestFields(
    Object.entries(headers).flat(),
    { ...STRANGER, ...arrival },
    "app.example",
    headers["Host"] ?? "",
  );
  const seen: Record<string, string> = {};
  for (let i = 0; i < sent.length; i += 2) {
    seen[sent[i]!.toLowerCase()] = sent[i + 1]!;
  }
  return seen;
}

Deno.test("requestFields: what belongs to one connection stays there, whatever the spelling", () => {
  const seen = fields({
    "Connection": "close, X-One ,,x-TWO,Cookie",
    "X-One": "1",
    "X-Two": "2",
    "Cookie": "a=1",
    "Keep-Alive": "timeout=5",
    "Proxy-Authorization": "Basic eA==",
    "TE": "trailers",
    "Trailer": "X-T",
    "Upgrade": "h2c",
    "HTTP2-Settings": "AAMAAABk",
    "Proxy": "http://evil.example",
    "Expect": "100-continue",
    "X-Kept": "3",
  });
  assertEquals(Object.keys(seen).sort(), [
    "forwarded",
    "host",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-kept",
    "x-real-ip",
  ]);
});

Deno.test("requestFields: Connection cannot take away what the proxy says", () => {
  const seen = fields({
    "Connection": "x-forwarded-for, x-real-ip, forwarded, host",
    "Host": "example.org",
  });
  assertEquals(seen["x-forwarded-for"], "192.0.2.1");
  assertEquals(seen["x-real-ip"], "192.0.2.1");
  assertEquals(seen["host"], "app.example");
});

Deno.test("requestFields: who somebody is, only trusted peers say, and in one spelling", () => {
  const sent = {
    "X-Remote-User": "maria",
    "x_remote_user": "eve",
    "X_Remote-User": "eve",
    "Remote-User": "app",
  };
  const claims = ["x-remote-user"];
  const names = (trusted: boolean) =>
    Object.entries(fields(sent, { trusted, claims }))
      .filter(([name]) => /remote/.test(name));
  assertEquals(names(true), [["x-remote-user", "maria"], [
    "remote-user",
    "app",
  ]]);
  assertEquals(names(false), [["remote-user", "app"]]);
});

Deno.test("requestFields: a stranger's claims are dropped, all of them", () => {
  const claims = [
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Port",
    "X-Forwarded-Prefix",
    "X-Forwarded-User",
    "Forwarded",
    "X-Real-IP",
    "X-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "Via",
    "X-My-Client",
  ];
  const seen = fields(
    Object.fromEntries(claims.map((name) => [name, "evil"])),
    { clientIpHeader: "x-my-client" },
  );
  assertEquals(JSON.stringify(seen).includes("evil"), false);
});

Deno.test("requestFields: underscores make no other field of a claim, whoever sends it", () => {
  for (const trusted of [false, true]) {
    const seen = fields({
      "X_Forwarded_For": "evil",
      "x_real-ip": "evil",
      "X_Mine": "kept",
    }, { trusted });
    assertEquals(JSON.stringify(seen).includes("evil"), false);
    assertEquals(seen["x_mine"], "kept");
  }
});

Deno.test("requestFields: case, order and repetitions stay, and so does the framing", () => {
  const raw = [
    "Host",
    "h",
    "X-a",
    "1",
    "x-A",
    "2",
    "Cookie",
    "a",
    "Cookie",
    "b",
  ];
  for (
    const framing of [["content-LENGTH", "5"], ["Transfer-Encoding", "chunked"]]
  ) {
    const sent = requestFields(
      [...raw, ...framing, "Connection", "content-length, Transfer-Encoding"],
      STRANGER,
      "h",
      "h",
    );
    assertEquals(sent.slice(0, 12), [...raw, ...framing]);
  }
});

Deno.test("requestFields: a trusted proxy's chain goes on, with this hop at its end", () => {
  const seen = fields({
    "Host": "example.org",
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "www.example.org",
    "Forwarded": "for=203.0.113.9;proto=https",
    "Via": "2 edge",
  }, { peer: "2001:db8::1", trusted: true, client: "203.0.113.9" });
  assertEquals(seen, {
    "host": "app.example",
    "x-forwarded-for": "203.0.113.9, 2001:db8::1",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "www.example.org",
    "forwarded":
      'for=203.0.113.9;proto=https, for="[2001:db8::1]";proto=https;host="example.org"',
    "x-real-ip": "203.0.113.9",
    "via": "2 edge, 1.1 portcullis",
  });
});

Deno.test("requestFields: a unix socket has no address", () => {
  const seen = fields({}, { peer: "", client: "127.0.0.1" });
  assertEquals(seen["x-forwarded-for"], "unknown");
  assertEquals(seen["forwarded"], "for=unknown;proto=http");
});

Deno.test("answerFields: keeps every cookie and the length, drops what Connection names", () => {
  assertEquals(
    answerFields([
      ...["Set-Cookie", "a=1", "set-cookie", "b=2"],
      ...["Connection", "keep-alive", "Connection", "X-Hop, content-length"],
      ...["X-Hop", "1", "Transfer-Encoding", "chunked", "ETag", '"x"'],
      ...["Content-Encoding", "gzip", "Content-Length", "7"],
    ]),
    [
      ...["Set-Cookie", "a=1", "set-cookie", "b=2", "ETag", '"x"'],
      ...["Content-Encoding", "gzip", "Content-Length", "7"],
    ],
  );
});
