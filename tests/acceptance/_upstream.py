"""A web app on Python's standard library as upstream of the proxy; prints its port."""
import gzip
import hashlib
import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ZIPPED = gzip.compress(b"zipped " * 1000, mtime=0)


class App(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/gzip":
            self.answer(200, ZIPPED, [("Content-Encoding", "gzip")])
        elif path == "/cookies":
            cookies = [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Path=/")]
            self.answer(302, b"Moved", [("Location", "/somewhere?x=1"), *cookies])
        elif path == "/not-modified":
            self.answer(304, headers=[("ETag", '"e"')])
        elif path == "/empty":
            self.answer(204)
        elif path == "/events":
            # Streamed like old servers do: without a length, until the connection ends.
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            for n in range(5):
                self.wfile.write(b"data: %d\n\n" % n)
                self.wfile.flush()
                time.sleep(0.02)
            self.close_connection = True
        else:
            # Like most Python servers, it only reads bodies with a Content-Length.
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            self.answer(200, json.dumps({
                "method": self.command,
                "target": self.path,
                "headers": {name.lower(): value for name, value in self.headers.items()},
                "length": len(body),
                "sha256": hashlib.sha256(body).hexdigest(),
            }).encode(), [("Content-Type", "application/json")])

    do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_GET

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), App)
server.daemon_threads = True
print(server.server_address[1], flush=True)
server.serve_forever()
