/**
 * Servers' names of fields, for each log format language.
 *
 * @module
 */
import type { Role } from "./roles.ts";

/** https://nginx.org/en/docs/varindex.html */
export const NGINX: Record<string, Role> = {
  remote_addr: "peer",
  realip_remote_addr: "ignore",
  binary_remote_addr: "ignore",
  proxy_protocol_addr: "forwarded",
  proxy_add_x_forwarded_for: "forwarded",
  remote_user: "user",
  time_local: "time",
  time_iso8601: "time",
  msec: "time",
  request: "request",
  request_method: "method",
  request_uri: "target",
  uri: "path",
  document_uri: "path",
  args: "query",
  query_string: "query",
  status: "status",
  request_time: "s",
  host: "host",
  http_host: "host",
  server_name: "host",
};

/** https://httpd.apache.org/docs/2.4/mod/mod_log_config.html */
export const APACHE: Record<string, Role> = {
  h: "peer",
  a: "peer",
  u: "user",
  t: "time",
  r: "request",
  m: "method",
  U: "path",
  q: "query",
  s: "status",
  D: "us",
  T: "s",
  v: "host",
  V: "host",
};

/** https://docs.gunicorn.org/en/stable/settings.html#access-log-format */
export const GUNICORN: Record<string, Role> = {
  h: "peer",
  u: "user",
  t: "time",
  r: "request",
  m: "method",
  U: "path",
  q: "query",
  s: "status",
  f: "referrer",
  a: "agent",
  T: "s",
  M: "ms",
  D: "us",
  L: "s",
};

/** https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage */
export const ENVOY: Record<string, Role> = {
  START_TIME: "time",
  START_TIME_LOCAL: "time",
  RESPONSE_CODE: "status",
  DURATION: "ms",
  DOWNSTREAM_REMOTE_ADDRESS: "peer_port",
  DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: "peer",
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS: "peer_port",
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT: "peer",
};

/** The role of a request header, for any spelling of its name. */
export function requestHeader(name: string): Role | undefined {
  return HEADERS[name.toLowerCase().replaceAll("_", "-")];
}

const HEADERS: Record<string, Role> = {
  "x-forwarded-for": "forwarded",
  "user-agent": "agent",
  "referer": "referrer",
  "referrer": "referrer",
  "host": "host",
  ":authority": "host",
};
