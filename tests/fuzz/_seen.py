"""A Python server that reports what it received, one JSON line per request; prints its port."""
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


LOCK = threading.Lock()


def tell(what):
    with LOCK:
        print(json.dumps(what), flush=True)


class Seen(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = b""
            while True:
                size = int(self.rfile.readline().split(b";")[0], 16)
                body += self.rfile.read(size)
                self.rfile.readline()
                if size == 0:
                    break
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        line = self.raw_requestline.decode("latin-1").rstrip("\r\n")
        method, target, _ = line.split(" ")
        fields = [text for field in self.headers.items() for text in field]
        tell(
            {
                "method": method,
                "target": target,
                "fields": fields,
                "body": body.decode("latin-1"),
            }
        )
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"ok")

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self.handle_any
        raise AttributeError(name)

    def log_message(self, *_):
        pass

    def send_error(self, code, *_):
        tell({"broken": code})
        super().send_error(code)


server = ThreadingHTTPServer(("127.0.0.1", 0), Seen)
server.daemon_threads = True
print(server.server_address[1], flush=True)
server.serve_forever()
