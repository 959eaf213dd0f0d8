import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startServer } from "../_server.ts";
import { ADMIN } from "./_admin.ts";
import { startProxy } from "./_proxy.ts";
import { RawConnection } from "./_raw.ts";

const HEADER = { REMOTE_USER_HEADER: "X-Remote-User" };
const ADMINS = {
  ...HEADER,
  REMOTE_ROLES_HEADER: "x-remote-groups",
  ADMIN_USERNAME: ADMIN.username,
  ADMIN_PASSWORD: ADMIN.password,
};
/** The peer is this machine, which is trusted, or not. */
const BELIEVED = { TRUSTED_PROXIES: "127.0.0.0/8" };
const NOT_BELIEVED = { TRUSTED_PROXIES: "10.0.0.0/8" };

/** A GET with raw lines, including names and repetitions; one character per byte. */
async function get(
  origin: string,
  path: string,
  ...lines: string[]
): Promise<{ status: number; body: string }> {
  using wire = await RawConnection.open(origin);
  const text = [`GET ${path} HTTP/1.1`, "Host: localhost", ...lines, "", ""]
    .join("\r\n");
  await wire.write(Uint8Array.from(text, (char) => char.charCodeAt(0)));
  const { status, body } = await wire.receive();
  return { status, body };
}

const nameIn = (body: string) =>
  (JSON.parse(body) as { username?: string }).username;

Deno.test("REMOTE_USER_HEADER on the wire: one line of a believed peer signs in, any spelling of its name but that is nobody", async () => {
  await using server = await startServer({ env: { ...ADMINS, ...BELIEVED } });
  const me = (...lines: string[]) => get(server.origin, "/api/me", ...lines);

  const maria = await me("x-REMOTE-user: maria");
  assertEquals([maria.status, nameIn(maria.body)], [200, "maria"]);
  // As nginx and Apache send them: bytes of UTF-8.
  const utf8 = String.fromCharCode(...new TextEncoder().encode("jürgen"));
  const jurgen = await me(`X-Remote-User: ${utf8}`);
  assertEquals([jurgen.status, nameIn(jurgen.body)], [200, "jürgen"]);

  const twice = await me("X-Remote-User: maria", "X-Remote-User: maria");
  assertEquals(twice.status, 403);
  for (
    const lines of [
      ["X_Remote_User: maria"],
      ["X-Remote-User: "],
      ["X-Remote-Users: maria"],
      ["Remote-User: maria"],
      ["X-Forwarded-User: maria"],
    ]
  ) assertEquals((await me(...lines)).status, 401, lines.join());
  for (
    const lines of [
      ["X-Remote-User: mar\u00ff"],
      ["X-Remote-User: maria\troot"],
      ["X-Remote-User: maria", "X_Remote_User: root", "X-Remote-User: root"],
    ]
  ) {
    const { status } = await me(...lines);
    assert(status === 403 || status === 400, `${lines.join()}: ${status}`);
  }
  const admin = await get(
    server.origin,
    "/admin",
    "X-Remote-User: maria",
    "X-Remote-Groups: staff",
    "X-Remote-Groups: portcullis-admin",
  );
  assertEquals(admin.status, 200);
});

Deno.test("REMOTE_USER_HEADER on the wire: of a peer that is not believed it is nothing", async () => {
  await using server = await startServer({
    env: { ...ADMINS, ...NOT_BELIEVED },
  });
  const lines = ["X-Remote-User: root", "X-Remote-Groups: portcullis-admin"];
  assertEquals((await get(server.origin, "/api/me", ...lines)).status, 401);
  assertEquals((await get(server.origin, "/admin", ...lines)).status, 303);
  const forwarded = [
    ...lines,
    "X-Forwarded-For: 10.0.0.1",
    "Via: 1.1 10.0.0.1",
  ];
  assertEquals((await get(server.origin, "/admin", ...forwarded)).status, 303);
});

/** An app that returns the identity headers that it received. */
function upstream() {
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    ({ headers }) =>
      Response.json(
        Object.fromEntries(
          [...headers].filter(([name]) => /remote/.test(name)),
        ),
      ),
  );
}

Deno.test("proxy --console: REMOTE_USER_HEADER counts from believed peers, and nobody else's reaches console or app", async () => {
  await using app = upstream();
  const url = `http://127.0.0.1:${app.addr.port}`;
  const lines = [
    "X-Remote-User: maria",
    "X_Remote_User: eve",
    "X-Remote-Groups: portcullis-admin",
  ];
  for (const isBelieved of [true, false]) {
    await using proxy = await startProxy(
      url,
      { ...ADMINS, ...isBelieved ? BELIEVED : NOT_BELIEVED },
      "--console",
      "/portcullis",
    );
    const path = "/portcullis/admin/users";
    const admin = await get(proxy.origin, path, ...lines);
    assertEquals(admin.status, isBelieved ? 200 : 303);
    if (isBelieved) assertStringIncludes(admin.body, "maria");
    const { body } = await get(proxy.origin, "/", ...lines);
    assertEquals(
      JSON.parse(body),
      isBelieved
        ? { "x-remote-user": "maria", "x-remote-groups": "portcullis-admin" }
        : {},
    );
  }
});
