import { assert, assertEquals } from "@std/assert";
import { EventReader } from "../_events.ts";
import { startServer, temporaryKvPath, type TestServer } from "../_server.ts";

const ENV = { ADMIN_USERNAME: "root", ADMIN_PASSWORD: "a long password" };

async function logIn({ origin }: TestServer): Promise<string> {
  const response = await fetch(`${origin}/api/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      username: ENV.ADMIN_USERNAME,
      password: ENV.ADMIN_PASSWORD,
    }),
  });
  return (await response.json()).token;
}

async function listen(
  { origin }: TestServer,
  token: string,
  lastEventId = "",
): Promise<EventReader> {
  const response = await fetch(`${origin}/api/requests/stream?path=/seen*`, {
    headers: {
      authorization: `Bearer ${token}`,
      ...(lastEventId ? { "last-event-id": lastEventId } : {}),
    },
  });
  assertEquals(response.status, 200);
  return new EventReader(response.body!);
}

async function visit({ origin }: TestServer, path: string): Promise<void> {
  await (await fetch(origin + path)).body?.cancel();
}

Deno.test("live stream: other processes' requests within a second, resumed at another process, ended by shutdown", async () => {
  const kvPath = await temporaryKvPath();
  const folder = kvPath.slice(0, kvPath.lastIndexOf("/"));
  try {
    await using one = await startServer({ env: ENV, kvPath });
    await using two = await startServer({ env: ENV, kvPath });
    const token = await logIn(one);
    const paths = (reader: EventReader) =>
      reader.items().map(({ path }: { path: string }) => path);

    const atOne = await listen(one, token);
    await atOne.until(({ lastEventId }) => lastEventId !== "");
    await visit(two, "/seen/1");
    await atOne.until(() => paths(atOne).includes("/seen/1"), 1_500);
    await visit(one, "/seen/2");
    await atOne.until(() => paths(atOne).includes("/seen/2"), 1_500);

    const begun = performance.now();
    const status = await one.stop();
    assertEquals(status.code, 0);
    const took = performance.now() - begun;
    assert(took < 3_000, `ending took ${took} ms: the stream held it up`);
    await atOne.until(({ isOver }) => isOver);

    await visit(two, "/seen/3");
    const atTwo = await listen(two, token, atOne.lastEventId);
    await atTwo.until(() => paths(atTwo).length > 0, 1_500);
    await visit(two, "/seen/4");
    await atTwo.until(() => paths(atTwo).includes("/seen/4"), 1_500);
    assertEquals([...paths(atOne), ...paths(atTwo)], [
      "/seen/1",
      "/seen/2",
      "/seen/3",
      "/seen/4",
    ]);
    await atTwo[Symbol.asyncDispose]();
    await atOne[Symbol.asyncDispose]();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
