/**
 * The simplest proxy on `node:http`, `bare_proxy.ts <upstream port>`: the minimum cost of a proxy
 * under Deno. Prints `{"port"}`.
 */
import http from "node:http";

const agent = new http.Agent({ keepAlive: true });
const upstream = Number(Deno.args[0]);
const server = http.createServer((request, response) => {
  const outgoing = http.request({
    ...{ host: "127.0.0.1", port: upstream, agent },
    method: request.method,
    path: request.url,
    headers: request.rawHeaders as unknown as http.OutgoingHttpHeaders,
  }, (answer) => {
    response.writeHead(
      answer.statusCode!,
      answer.statusMessage,
      answer.rawHeaders,
    );
    answer.pipe(response);
  });
  outgoing.on("error", () => response.destroy());
  request.pipe(outgoing);
});
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as { port: number };
  console.log(JSON.stringify({ port }));
});
Deno.stdin.readable.pipeTo(new WritableStream()).then(() => Deno.exit());
