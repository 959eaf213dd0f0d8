import { durationMs, readDuration, type Unit } from "./duration.ts";
import { decodePercent } from "./escapes.ts";
import { isMethod, type LogEntry, present, splitRequest } from "./entry.ts";
import { addressText, withQuery } from "./json_fields.ts";
import { zoneOffset } from "./log_time.ts";
import { readStatus, readTime } from "./roles.ts";

/**
 * Names of fields in objects of unknown formats, in lower case and with only letters and digits,
 * most likely first. A name also matches at the end of a path: `req.method` is `reqmethod`.
 */
const NAMES = {
  time: [
    "timeiso8601",
    "timelocal",
    "timestamp",
    "datetime",
    "starttime",
    "startedat",
    "startutc",
    "edgestarttimestamp",
    "timemicros",
    "requesttime",
    "requestreceivedat",
    "datetime",
    "eventtime",
    "time",
    "ts",
    "date",
    "msec",
    "t",
  ],
  peer: [
    "remoteaddr",
    "remoteaddress",
    "remoteip",
    "clientip",
    "clientaddr",
    "clientaddress",
    "clienthost",
    "downstreamremoteaddress",
    "downstreamdirectremoteaddress",
    "sourceip",
    "sourceaddress",
    "srcip",
    "sourceipport",
    "src",
    "cip",
    "ipclient",
    "ipaddress",
    "remotehost",
    "peeraddress",
    "netpeerip",
    "netsockpeeraddr",
    "origh",
    "clientname",
    "ip",
    "client",
    "remote",
    "host",
  ],
  forwarded: ["xforwardedfor", "forwardedfor", "xff", "xrealip", "realip"],
  request: ["requestline", "httprequest", "request", "req"],
  method: [
    "requestmethod",
    "httpmethod",
    "httprequestmethod",
    "csmethod",
    "reqmethod",
    "requestverb",
    "method",
    "verb",
  ],
  target: [
    "requesturi",
    "requesturl",
    "originaluri",
    "requestpath",
    "httptarget",
    "httppath",
    "csuristem",
    "csuri",
    "urlpath",
    "uripath",
    "urlstem",
    "urloriginal",
    "requrl",
    "httpurl",
    "uri",
    "url",
    "path",
    "target",
    "resourcepath",
    "rawpath",
    "resource",
    "urlfull",
    "urifull",
    "request",
    "event",
  ],
  query: [
    "requestquery",
    "csuriquery",
    "querystring",
    "urlquery",
    "query",
    "args",
  ],
  status: [
    "statuscode",
    "httpstatuscode",
    "responsestatuscode",
    "httpresponsestatuscode",
    "responsestatus",
    "responsecode",
    "httpstatus",
    "scstatus",
    "edgeresponsestatus",
    "downstreamstatus",
    "resstatuscode",
    "resstatus",
    "httpcode",
    "httpretcode",
    "responsecodesent",
    "status",
    "code",
    "response",
  ],
  agent: [
    "httpuseragent",
    "useragentoriginal",
    "requestuseragent",
    "useragent",
    "csuseragent",
    "clientua",
    "agent",
    "ua",
  ],
  referrer: [
    "httpreferer",
    "httpreferrer",
    "requestreferer",
    "httprequestreferrer",
    "csreferer",
    "referer",
    "referrer",
    "ref",
  ],
  user: ["remoteuser", "csusername", "username", "uname", "user", "userid"],
  host: [
    "httphost",
    "requesthost",
    "servername",
    "vhost",
    "authority",
    "domain",
    "originalhost",
    "cshost",
    "headershost",
  ],
} satisfies Record<string, string[]>;

const DURATIONS: readonly [name: string, unit: Unit | null][] = [
  ["durationms", "ms"],
  ["elapsedms", "ms"],
  ["latencyms", "ms"],
  ["requesttimems", "ms"],
  ["responsetimems", "ms"],
  ["responselatency", null],
  ["latencytotal", "ms"],
  ["totalduration", "ms"],
  ["httpresponseelapsed", "ms"],
  ["durationus", "us"],
  ["latencyus", "us"],
  ["durationns", "ns"],
  ["latencyns", "ns"],
  ["latencyhuman", null],
  ["eventduration", "ns"],
  ["durationseconds", "s"],
  ["durations", "s"],
  ["totalns", "ns"],
  ["requesttime", "s"],
  ["reqtime", "s"],
  ["responsetimemicroseconds", "us"],
  ["responsetime", null],
  ["timetakenmicros", "us"],
  ["timetaken", null],
  ["duration", null],
  ["latency", null],
  ["latenciesrequest", "ms"],
  ["elapsed", null],
  ["timers", "ms"],
];

/** Objects whose fields a visitor names: none of them may stand for the log's own. */
const VISITORS =
  /^(?:(?:req(?:uest)?|http|url|multivalue)?(?:query|params|querystring|queryparams|queryparameters|querystringparameters)|parameters|pathparameters|(?:req(?:uest)?)?cookies?|form|formdata|postdata|reqbody|requestbody)$/;
const HEADERS = /(?:^|\.)[a-z]*headers?$/;
/** Of a request's header fields, those that are kept. */
const SENT: ReadonlySet<string> = new Set([
  ...NAMES.agent,
  ...NAMES.referrer,
  ...NAMES.forwarded,
  ...["host", "authority", "contenttype"],
]);

/** Deeper objects are the application's own. */
const DEEPEST = 5;
const MOST_FIELDS = 400;
const OLDEST = Date.UTC(1995, 0, 1);

/**
 * Reads a request from an object of an unknown format, by the names of its fields, at any depth;
 * null if it is none. A duration counts only if its unit is known.
 */
export function readAnyJson(
  value: Record<string, unknown>,
  header = "x-forwarded-for",
): LogEntry | null {
  const fields = new Map<string, unknown>();
  flatten(value, "", fields, 0, flat(header));
  const keys = [...fields.keys()];
  const find = (names: readonly string[], fits: (v: unknown) => boolean) => {
    for (const name of names) {
      const whole = fields.get(name);
      if (whole !== undefined && fits(whole)) return whole;
    }
    for (const name of names) {
      if (name.length < 2) continue;
      // Many longer names with another meaning end in a short word.
      const at = keys.find((key) =>
        key.endsWith(`.${name}`) || key.length > name.length &&
          name.length > 4 && key.endsWith(name)
      );
      if (at !== undefined && fits(fields.get(at))) return fields.get(at);
    }
    return undefined;
  };
  const code = find(NAMES.status, (v) => readStatus(String(v)) > 0);
  if (code === undefined) return null;
  const line = find(
    NAMES.request,
    (v) => typeof v === "string" && /^[A-Z-]{2,16} \S/.test(v),
  );
  const method = find(
    NAMES.method,
    (v) => typeof v === "string" && isMethod(v),
  ) as string | undefined;
  const target = find(
    NAMES.target,
    (v) =>
      typeof v === "string" && /^(?:\/|\*$|[a-z][a-z\d+.-]*:\/\/)/i.test(v),
  );
  const isNone = line === undefined &&
    (method === undefined || target === undefined);
  if (isNone && !isWithoutRequest(fields)) return null;
  const request = isNone
    ? { method: null, target: "-" }
    : line === undefined
    ? {
      method: inCapitals(method!),
      target: withQuery(
        target as string,
        find(
          NAMES.query,
          (v) => typeof v === "string" && v !== "" && !v.includes(" "),
        ) as string | undefined,
      ),
    }
    : splitRequest(line as string);
  const isText = (v: unknown) => typeof v === "string" && v !== "";
  const text = (names: readonly string[], fits = isText) =>
    present(find(names, fits) as string | undefined);
  // F5's `route_domain` is a number.
  const isName = (v: unknown) => isText(v) && !/^\d+$/.test(v as string);
  const names = header === "x-forwarded-for" ? NAMES.forwarded : [flat(header)];
  // CloudFront's fields are percent-encoded in JSON, too.
  const isEncoded = fields.has("xedgelocation");
  const decoded = (value: string | null) => {
    if (value === null) return null;
    // Logstash's pattern keeps the quotes.
    const bare = present(/^"(.*)"$/.exec(value)?.[1] ?? value);
    return isEncoded && bare !== null ? decodePercent(bare) : bare;
  };
  const peer = find(
    NAMES.peer,
    (v) =>
      typeof v === "string" && /^[\[\da-f:.]+(?:\]?:\d+)?$/i.test(v) &&
      /[.:]/.test(v),
  ) as string | undefined;
  return {
    time: timeOf(find, fields),
    peer: addressText(peer ?? null),
    forwarded: text(names) ??
      (peer === undefined ? find(NAMES.peer, isHopList) as string : null) ??
      null,
    ...request,
    status: Number(code),
    durationMs: durationOf(fields, keys),
    userAgent: decoded(text(NAMES.agent)),
    referrer: decoded(text(NAMES.referrer)),
    username: text(NAMES.user),
    host: text(NAMES.host, isName) ?? namedHost(fields, peer),
  };
}

/**
 * Whether a server wrote that the request was not HTTP: its fields are there, and empty.
 */
function isWithoutRequest(fields: Map<string, unknown>): boolean {
  const isEmpty = (name: string) => {
    const value = fields.get(name);
    return typeof value === "string" && /^(?:-| *)$/.test(value);
  };
  return isEmpty("request") && !NAMES.method.some((name) => fields.has(name)) ||
    NAMES.method.some(isEmpty) && NAMES.target.some(isEmpty);
}

/** Frameworks that route by methods in small letters write them so. */
const SMALL = /^(?:get|head|post|put|patch|delete|options)$/;

function inCapitals(method: string): string {
  return SMALL.test(method) ? method.toUpperCase() : method;
}

/**
 * A `host` is also the machine that wrote the log: it is only taken beside the request, or from an
 * object that no log carrier has made.
 */
function namedHost(
  fields: Map<string, unknown>,
  peer: string | undefined,
): string | null {
  for (const [key, value] of fields) {
    const isNested = /\.(?:host|hostname)$/.test(key) &&
      !/service|upstream|backend|origin|server|agent/.test(key);
    const isOwn = key === "host" && !fields.has("message") &&
      !fields.has("shortmessage");
    if (
      (isNested || isOwn) && typeof value === "string" && value !== peer &&
      value.length < 256 && /^[\w.-]+\.[a-z][\w-]*(?::\d+)?$/i.test(value)
    ) return value;
  }
  return null;
}

/** Several hops in a field for one address. */
function isHopList(value: unknown): boolean {
  return typeof value === "string" && value.length < 512 &&
    /^[\da-f:.[\]]+(?:, ?[\da-f:.[\]]+)+$/i.test(value) &&
    /[.:]/.test(value);
}

type Find = (
  names: readonly string[],
  fits: (v: unknown) => boolean,
) => unknown;

function timeOf(find: Find, fields: Map<string, unknown>): number | null {
  const [date, clock] = [fields.get("date"), fields.get("time")];
  if (typeof date === "string" && typeof clock === "string") {
    const both = readTime(`${date} ${clock}`);
    // Firewalls write the zone in another field.
    const zone = fields.get("tz") ?? fields.get("timezone");
    if (both !== null && typeof zone === "string") {
      const offset = zoneOffset(zone);
      if (offset === null) return readTime(fields.get("eventtime"));
      return readTime(`${date} ${clock}${offset}`) ?? both;
    }
    if (both !== null) return both;
  }
  // A duration may have a time's name, as nginx' `$request_time` has.
  const isTime = (v: unknown) => (readTime(v) ?? 0) >= OLDEST;
  return readTime(
    find(NAMES.time, isTime) ?? find(NAMES.time, (v) => readTime(v) !== null),
  );
}

function durationOf(
  fields: Map<string, unknown>,
  keys: readonly string[],
): number | null {
  for (const [name, unit] of DURATIONS) {
    const key = fields.has(name)
      ? name
      : keys.find((key) => key.endsWith(`.${name}`));
    if (key === undefined) continue;
    const value = fields.get(key);
    // nginx writes it with decimals; whole numbers of that name are other servers' milliseconds.
    if (name === "requesttime" && Number.isInteger(value) && value !== 0) {
      continue;
    }
    // Sophos does not say in what.
    if (name === "responsetime" && fields.has("logcomponent")) continue;
    // Azure's balancers write seconds with decimals, its app service whole milliseconds.
    const isAzure = name === "timetaken" && typeof value === "number";
    const ms = isAzure
      ? durationMs(value, Number.isInteger(value) ? "ms" : "s")
      : durationIn(value, unit ?? unitOf(name, fields));
    if (ms !== null) return ms;
  }
  return null;
}

/**
 * Serilog, Rails' lograge, APISIX and VPC Lattice write milliseconds without a unit, Datadog's
 * attributes are in nanoseconds.
 */
function unitOf(name: string, fields: Map<string, unknown>): Unit | null {
  if (name === "duration" && fields.has("network.client.ip")) return "ns";
  if (name === "responselatency") {
    // Go's slog writes nanoseconds.
    const isGo = fields.has("response.latency") && fields.has("msg");
    return isGo ? "ns" : fields.has("response.latency") ? null : "ms";
  }
  // nginx' `$request_time` beside `$upstream_response_time`; from others, it may have any unit.
  if (name === "responsetime") {
    const isProxy = [...fields.keys()].some((key) =>
      key.startsWith("upstream")
    );
    return isProxy ? "s" : null;
  }
  const isKnown = name === "elapsed" && fields.has("mt") ||
    name === "latency" && fields.has("routeid") && fields.has("upstream") ||
    name === "duration" &&
      (fields.has("controller") && fields.has("action") ||
        fields.has("sourceipport"));
  return isKnown ? "ms" : null;
}

/**
 * Without a unit in the name, a text with decimals is in seconds; any other number has no known
 * unit.
 */
function durationIn(value: unknown, unit: Unit | null): number | null {
  if (typeof value === "string") {
    if (unit !== null) return readDuration(value, unit);
    return /^\d+\.\d{3,}$/.test(value) || /[a-zµ]/.test(value)
      ? readDuration(value, "s")
      : null;
  }
  return typeof value === "number" && unit !== null
    ? durationMs(value, unit)
    : null;
}

function flatten(
  value: Record<string, unknown>,
  prefix: string,
  into: Map<string, unknown>,
  depth: number,
  header: string,
): void {
  const isSent = HEADERS.test(prefix);
  for (const key in value) {
    if (into.size > MOST_FIELDS) return;
    const own = flat(key);
    if (isSent && own !== header && !SENT.has(own) && !key.startsWith(":")) {
      continue;
    }
    const name = prefix === "" ? own : `${prefix}.${own}`;
    let item = value[key];
    if (Array.isArray(item)) item = item.map(String).join(", ");
    if (key === "properties" && typeof item === "string") item = inner(item);
    if (typeof item === "object" && item !== null) {
      const isVisitors = VISITORS.test(own) || own === "body" && depth > 0;
      if (depth < DEEPEST && !isVisitors) {
        flatten(item as Record<string, unknown>, name, into, depth + 1, header);
      }
    } else {
      into.set(name, item);
      // `http.request.method` may be one name, or three nested ones.
      const joined = name.replaceAll(".", "");
      if (joined !== name && !into.has(joined)) into.set(joined, item);
    }
  }
}

/** Azure puts an object as text into another object. */
function inner(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function flat(key: string): string {
  // So spelt, it is pino's or morgan's, in milliseconds.
  if (key === "responseTime" || key === "response-time") {
    return "responsetimems";
  }
  return key.toLowerCase().replace(/[^a-z\d.]+/g, "");
}
