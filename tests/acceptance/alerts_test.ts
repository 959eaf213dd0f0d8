import { assertEquals } from "@std/assert";
import { testReceiver } from "../alerts/_receiver.ts";
import { startServer, temporaryKvPath } from "../_server.ts";
import { waitFor } from "../_wait.ts";

const ADMIN = { username: "ann", password: "correct horse battery" };

async function post(
  origin: string,
  path: string,
  body: unknown,
  token?: string,
): Promise<{ token: string }> {
  const response = await fetch(origin + path, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...token ? { authorization: `Bearer ${token}` } : {},
    },
    body: JSON.stringify(body),
  });
  return await response.json();
}

Deno.test("alerts: of two servers on one store one tells; what a killed one has not told, the next one does", async () => {
  const kvPath = await temporaryKvPath();
  await using receiver = testReceiver(204, 503, 204);
  const env = {
    GEO_PROVIDER: "off",
    ADMIN_USERNAME: ADMIN.username,
    ADMIN_PASSWORD: ADMIN.password,
    ALERT_WEBHOOK_URL: receiver.url,
  };
  try {
    const first = await startServer({ env, kvPath });
    const second = await startServer({ env, kvPath });
    try {
      const { token } = await post(first.origin, "/api/login", ADMIN);
      // Both have polled once, and know the state of the lists.
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      await post(first.origin, "/api/blocked", { ip: "203.0.113.66" }, token);
      await waitFor("a message", () => receiver.got.length > 0);
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      assertEquals(receiver.texts(), [
        "203.0.113.66 was blocked by ann until it is removed",
      ]);
      // The receiver fails now, and both are killed.
      await post(second.origin, "/api/blocked", { ip: "203.0.113.67" }, token);
      await waitFor("a message", () => receiver.got.length > 1);
      // If it is killed during a run, its lease delays the next one by 15 s.
      await new Promise((resolve) => setTimeout(resolve, 500));
    } finally {
      await Promise.all([first.stop("SIGKILL"), second.stop("SIGKILL")]);
    }
    {
      await using _third = await startServer({ env, kvPath });
      await waitFor("a message", () => receiver.got.length > 2);
    }
    const [, failed, told, ...more] = receiver.got;
    assertEquals(
      told!.json.text,
      "203.0.113.67 was blocked by ann until it is removed",
    );
    assertEquals(told!.json.id, failed!.json.id);
    assertEquals(more.length, 0);
  } finally {
    await Deno.remove(kvPath.slice(0, kvPath.lastIndexOf("/")), {
      recursive: true,
    });
  }
});
