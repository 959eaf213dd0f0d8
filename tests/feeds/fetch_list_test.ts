import { assert, assertEquals, assertRejects } from "@std/assert";
import { addFeed, getFeed } from "../../lib/feeds/feed_store.ts";
import { listFetcher } from "../../lib/feeds/fetch_list.ts";
import { confirmFeed } from "../../lib/feeds/decide.ts";
import { refreshFeed } from "../../lib/feeds/refresh.ts";
import { ACTOR, feedBench } from "./_feeds.ts";

type Answer = (request: Request) => Response;

/** A server on a free local port with the given responses. */
function serve(answer: Answer) {
  const asked: Request[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      asked.push(request);
      return answer(request);
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/list`,
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const fetchList = listFetcher({
  allowPrivate: true,
  timeoutMs: 300,
  maxBytes: 100_000,
});

Deno.test("fetched lists: an ETag is sent back, and 304 changes nothing", async () => {
  let list = "8.8.8.8\n";
  await using host = serve((request) => {
    const etag = `"${list.length}"`;
    return request.headers.get("if-none-match") === etag
      ? new Response(null, { status: 304 })
      : new Response(list, {
        headers: { etag, "last-modified": "Mon, 05 Jan 2026 12:00:00 GMT" },
      });
  });
  using kv = await Deno.openKv(":memory:");
  const { context, blocked } = feedBench(kv, { fetchList });
  await addFeed(context, { name: "drop", url: host.url }, ACTOR);
  await refreshFeed(context, "drop", ACTOR);
  assertEquals(host.asked[0]!.headers.get("if-none-match"), null);
  await confirmFeed(context, "drop", ACTOR);
  const { kind } = await refreshFeed(context, "drop", ACTOR);
  assertEquals(kind, "unchanged");
  const { headers } = host.asked[1]!;
  assertEquals(headers.get("if-none-match"), '"8"');
  assertEquals(
    headers.get("if-modified-since"),
    "Mon, 05 Jan 2026 12:00:00 GMT",
  );
  list += "8.8.4.4\n";
  assertEquals((await refreshFeed(context, "drop", ACTOR)).kind, "applied");
  assertEquals((await blocked()).length, 2);
  assertEquals((await getFeed(kv, "drop"))?.list?.etag, '"16"');
});

for (
  const [what, answer, says] of [
    ["500", () => new Response("8.8.8.8", { status: 500 }), "answered 500"],
    ["304 unasked", () => new Response(null, { status: 304 }), "answered 304"],
    ["nothing for long", () => new Response(dripping(1_000)), "within 0.3 s"],
    ["without an end", () => new Response(endless()), "more than 100000 bytes"],
    [
      "a redirect without an end",
      ({ url }: Request) => Response.redirect(url, 302),
      "redirects more than 3 times",
    ],
    ["a redirect to a file", () =>
      new Response(null, {
        status: 302,
        headers: { location: "file:///etc/passwd" },
      }), ""],
  ] as [string, Answer, string][]
) {
  Deno.test(`fetched lists: a host that answers ${what} is given up`, async () => {
    await using host = serve(answer);
    using kv = await Deno.openKv(":memory:");
    const { context } = feedBench(kv, { fetchList });
    await addFeed(context, { name: "drop", url: host.url }, ACTOR);
    const { kind, message } = await refreshFeed(context, "drop", ACTOR);
    assertEquals(kind, "failed");
    assert(message.includes(says), message);
  });
}

Deno.test("fetched lists: private addresses are not asked, redirected to or not, unless allowed", async () => {
  await using host = serve(() => new Response("8.8.8.8"));
  const strict = listFetcher({ allowPrivate: false });
  await assertRejects(
    () => strict(host.url, null),
    Error,
    "OUTBOUND_PRIVATE=1",
  );
  assertEquals(host.asked.length, 0);
  // A cloud's metadata service is never requested, whatever is allowed.
  await using liar = serve(() =>
    Response.redirect("http://169.254.169.254/latest", 302)
  );
  await assertRejects(() => fetchList(liar.url, null));
});

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(10_000).fill(35)),
  });
}

function dripping(ms: number): ReadableStream<Uint8Array> {
  let timer: ReturnType<typeof setTimeout>;
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode("8.8.8.8\n"));
      timer = setTimeout(() => controller.close(), ms);
    },
    cancel: () => clearTimeout(timer),
  });
}
