/** A Node server that reports what it received, one JSON line per request; prints its port. */
import http from "node:http";

const server = http.createServer(
  { maxHeaderSize: 131_072 },
  (request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("error", () => {});
    request.on("end", () => {
      console.log(JSON.stringify({
        method: request.method,
        target: request.url,
        fields: request.rawHeaders,
        body: Buffer.concat(chunks).toString("latin1"),
      }));
      response.end("ok");
    });
  },
);
server.on("clientError", (error, socket) => {
  console.log(JSON.stringify({ broken: String(error.code) }));
  socket.destroy();
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
