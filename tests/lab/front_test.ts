import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { openFront, withField } from "../../lab/front.ts";

const FIELD = "X-Forwarded-For: 198.51.100.7\r\n";
const bytes = (text: string) => new TextEncoder().encode(text);

/** The output for a stream that is cut into pieces of these lengths. */
function changed(text: string, lengths: readonly number[]): [string, number] {
  let requests = 0;
  const change = withField(FIELD, () => requests++);
  let out = "";
  let rest = bytes(text);
  for (const length of [...lengths, rest.length]) {
    out += new TextDecoder().decode(change(rest.subarray(0, length)));
    rest = rest.subarray(length);
  }
  return [out, requests];
}

const STREAMS: [sent: string, wanted: string, requests: number][] = [
  [
    "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    `GET / HTTP/1.1\r\n${FIELD}Host: x\r\n\r\n`,
    1,
  ],
  [
    "GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n",
    `GET /a HTTP/1.1\r\n${FIELD}\r\nGET /b HTTP/1.1\r\n${FIELD}\r\n`,
    2,
  ],
  [
    "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\na\nb\nGET / HTTP/1.1\r\n\r\n",
    `POST / HTTP/1.1\r\n${FIELD}Content-Length: 4\r\n\r\na\nb\nGET / HTTP/1.1\r\n${FIELD}\r\n`,
    2,
  ],
  [
    "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
    `POST / HTTP/1.1\r\n${FIELD}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`,
    1,
  ],
  ["GET / HT", "GET / HT", 0],
];

for (const [sent, wanted, requests] of STREAMS) {
  Deno.test(`withField(): ${JSON.stringify(sent.slice(0, 40))} says where it comes from, however it is cut`, () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 })), (lengths) => {
        assertEquals(changed(sent, lengths), [wanted, requests]);
      }),
    );
  });
}

Deno.test("a front outlives who hangs up before their turn, as a port scanner does", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("here"),
  );
  await using front = openFront(
    `http://127.0.0.1:${server.addr.port}`,
    "198.51.100.7",
  );
  // Another process, run synchronously: no connection is accepted meanwhile.
  const scan = `
    import { connect } from "node:net";
    for (let n = 0; n < 20; n++) {
      const socket = connect(Number(Deno.args[0]), "127.0.0.1");
      await new Promise((done) => socket.once("connect", done));
      socket.resetAndDestroy();
    }
    Deno.exit();`;
  const { success } = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", scan, new URL(front.url).port],
  }).outputSync();
  assert(success);
  const answer = await fetch(front.url, { headers: { connection: "close" } });
  assertEquals(await answer.text(), "here");
});
