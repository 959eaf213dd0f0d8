/**
 * Requests a path at a constant rate, independent of the server, and prints the latencies as JSON:
 * `open_loop.ts <origin> <path> <requests a second> <connections> <seconds>`.
 *
 * wrk sends a request when the one before it is answered, so a server that hangs for a second gets
 * fewer requests and looks better ("coordinated omission"). Here a request is due at its time,
 * waits for a free connection if there is none, and its latency counts from when it was due.
 * Sockets are used through libc: Deno's own would take as much time as the measured server. The
 * first two seconds do not count: until V8 has compiled this file, its own stalls are the longest.
 */
import { quantile } from "./numbers.ts";

const libc = Deno.dlopen("libc.so.6", {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  setsockopt: {
    parameters: ["i32", "i32", "i32", "buffer", "u32"],
    result: "i32",
  },
  epoll_create1: { parameters: ["i32"], result: "i32" },
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  epoll_pwait2: {
    parameters: ["i32", "buffer", "i32", "buffer", "pointer"],
    result: "i32",
  },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
}).symbols;

const AF_INET = 2;
const SOCK_STREAM = 1;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const EPOLLIN = 1;
const EPOLL_CTL_ADD = 1;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** `struct epoll_event` is packed on x86-64 only. */
const [EVENT_BYTES, DATA_AT] = Deno.build.arch === "x86_64" ? [12, 4] : [16, 8];

const [origin, path, ...numbers] = Deno.args;
const [rate, connections, seconds] = numbers.map(Number) as [
  number,
  number,
  number,
];
const warmUp = Math.min(2, seconds);
const { hostname, port } = new URL(origin!);
const request = new TextEncoder().encode(
  `GET ${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\n\r\n`,
);
const answer = new Uint8Array(65_536);
const REQUEST_BYTES = BigInt(request.length);
const ANSWER_BYTES = BigInt(answer.length);
console.log(JSON.stringify(run()));

/** A keep-alive connection and the state of its request. */
interface Connection {
  socket: number;
  /** When its request was due, ms. */
  due: number;
  /** Remaining bytes of the response. */
  left: number;
}

function run() {
  const epoll = must("epoll_create1", libc.epoll_create1(0));
  const all = Array.from({ length: connections }, () => connect(epoll));
  const bySocket = new Map(all.map((each) => [each.socket, each]));
  const free = [...all];
  const total = Math.round(rate * (warmUp + seconds));
  const uncounted = Math.round(rate * warmUp);
  const latencies = new Float64Array(total);
  const events = new DataView(new ArrayBuffer(connections * EVENT_BYTES));
  const timeout = new BigInt64Array(2);
  const started = performance.now() + 5;
  let sent = 0;
  let answered = 0;
  while (answered < total) {
    let now = performance.now();
    while (sent < total && free.length > 0) {
      const due = started + sent / rate * 1_000;
      if (due > now) break;
      const connection = free.pop()!;
      connection.due = due;
      must(
        "send",
        libc.send(connection.socket, request, REQUEST_BYTES, MSG_NOSIGNAL),
      );
      sent++;
    }
    const until = sent < total && free.length > 0
      ? started + sent / rate * 1_000 - performance.now()
      : 1_000;
    timeout[0] = until >= 1_000 ? 1n : 0n;
    timeout[1] = timeout[0] ? 0n : BigInt(Math.max(0, Math.floor(until * 1e6)));
    const ready = libc.epoll_pwait2(epoll, events, connections, timeout, null);
    now = performance.now();
    for (let i = 0; i < ready; i++) {
      const socket = events.getInt32(i * EVENT_BYTES + DATA_AT, true);
      const connection = bySocket.get(socket)!;
      if (!receive(connection)) continue;
      latencies[answered++] = now - connection.due;
      free.push(connection);
    }
    if (now - started > (warmUp + seconds) * 1_000 + 15_000) {
      throw new Error(
        `Cannot keep up with ${rate} requests/s: answered ${answered}`,
      );
    }
  }
  const rps = answered / (performance.now() - started) * 1_000;
  const counted = latencies.subarray(uncounted);
  const at = (share: number) => quantile(counted, share);
  return { rps, p50: at(0.5), p99: at(0.99), max: at(1) };
}

function connect(epoll: number): Connection {
  const socket = must("socket", libc.socket(AF_INET, SOCK_STREAM, 0));
  const address = new DataView(new ArrayBuffer(16));
  address.setUint16(0, AF_INET, true);
  address.setUint16(2, Number(port));
  hostname.split(".").forEach((part, i) =>
    address.setUint8(4 + i, Number(part))
  );
  must("connect", libc.connect(socket, address, 16));
  libc.setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, new Int32Array([1]), 4);
  const event = new DataView(new ArrayBuffer(EVENT_BYTES));
  event.setUint32(0, EPOLLIN, true);
  event.setInt32(DATA_AT, socket, true);
  must("epoll_ctl", libc.epoll_ctl(epoll, EPOLL_CTL_ADD, socket, event));
  return { socket, due: 0, left: 0 };
}

/** Receives available data; true if the response is complete. */
function receive(connection: Connection): boolean {
  const got = Number(
    libc.recv(connection.socket, answer, ANSWER_BYTES, MSG_DONTWAIT),
  );
  if (got < 0) return false;
  if (got === 0) throw new Error("Cannot go on: the server hung up");
  if (connection.left > 0) connection.left -= got;
  else connection.left = lengthOf(answer.subarray(0, got)) - got;
  return connection.left === 0;
}

/** Length of a response whose head has arrived: the measured servers send it in one piece. */
function lengthOf(begin: Uint8Array): number {
  const head = new TextDecoder("latin1").decode(begin.subarray(0, 4_096));
  const end = head.indexOf("\r\n\r\n");
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (!head.startsWith("HTTP/1.1 200 ") || end < 0 || !length) {
    throw new Error(`Cannot measure: the server answers ${head.slice(0, 200)}`);
  }
  return end + 4 + Number(length);
}

function must(what: string, result: number | bigint): number {
  if (result < 0) throw new Error(`Cannot ${what}: ${result}`);
  return Number(result);
}
