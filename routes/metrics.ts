import { HttpError } from "fresh";
import { readBearerToken } from "../lib/accounts/bearer_token.ts";
import { VERSION } from "../lib/base/version.ts";
import { parseIp } from "../lib/net/ip.ts";
import { kindOf } from "../lib/net/special.ts";
import { sha256Hex } from "../lib/store/sha256.ts";
import { demandSecondFactor } from "../middlewares/second_factor_required.ts";
import { define } from "../utils.ts";

/** Headers that a proxy adds to forwarded requests. */
const FORWARDED = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/**
 * Prometheus text, for admins, holders of `METRICS_TOKEN`, and requests from this machine. A client
 * behind a local proxy is not on this machine, so the client's address counts and not only the
 * peer's; and if that proxy is not configured, so do its forwarding headers.
 */
export const handler = define.handlers({
  async GET(ctx) {
    const { services, visitor, user } = ctx.state;
    const { remoteAddr } = ctx.info;
    const peer = "hostname" in remoteAddr ? remoteAddr.hostname : "127.0.0.1";
    const isLocal = isLocalName(ctx.url.hostname, services.config.host) &&
      isLoopback(peer) && isLoopback(visitor.ip) &&
      !FORWARDED.some((name) => ctx.req.headers.has(name));
    const mayRead = isLocal ||
      isScraper(ctx.req.headers, services.config.metricsToken);
    const demanded = mayRead ? null : await demandSecondFactor(ctx);
    if (demanded !== null) return demanded;
    if (!mayRead && user?.role !== "admin") {
      throw new HttpError(
        403,
        "Metrics are for loopback peers, admins and METRICS_TOKEN.",
      );
    }
    const { log, lists, metrics, startedAt, now, geo, alerts } = services;
    const { waiting, dropped, written } = log.status();
    const gauges: [name: string, type: string, help: string, value: number][] =
      [
        [
          "portcullis_log_waiting",
          "gauge",
          "Records in memory that are not stored yet.",
          waiting,
        ],
        [
          "portcullis_log_dropped_total",
          "counter",
          "Records dropped because the store did not accept them.",
          dropped,
        ],
        [
          "portcullis_log_written_total",
          "counter",
          "Records stored since start.",
          written,
        ],
        [
          "portcullis_blocklist_entries",
          "gauge",
          "Entries of the blocklist.",
          lists.sizes.blocked,
        ],
        [
          "portcullis_safelist_entries",
          "gauge",
          "Entries of the safelist.",
          lists.sizes.safe,
        ],
        [
          "portcullis_lists_stale",
          "gauge",
          "1 while changes of the lists cannot be read.",
          lists.stale ? 1 : 0,
        ],
        [
          "portcullis_geo_cache_entries",
          "gauge",
          "Locations cached in memory.",
          geo.status().cacheSize,
        ],
        [
          "portcullis_alerts_posted_total",
          "counter",
          "Messages of this process that were delivered.",
          alerts.counts.posted,
        ],
        [
          "portcullis_alert_failures_total",
          "counter",
          "Failed deliveries of this process.",
          alerts.counts.failed,
        ],
        [
          "portcullis_alerts_waiting",
          "gauge",
          "Alerts in the store that wait for delivery.",
          alerts.known.waiting,
        ],
        [
          "portcullis_alerts_failing",
          "gauge",
          "1 while deliveries fail in every process.",
          alerts.known.state?.failing_since ? 1 : 0,
        ],
        [
          "portcullis_uptime_seconds",
          "gauge",
          "Seconds since start.",
          (now() - startedAt) / 1_000,
        ],
        [
          "process_start_time_seconds",
          "gauge",
          "Start of the process, in seconds since the epoch.",
          startedAt / 1_000,
        ],
        [
          "process_resident_memory_bytes",
          "gauge",
          "Resident memory.",
          Deno.memoryUsage().rss,
        ],
      ];
    const lines = metrics.lines();
    lines.push(
      "# HELP portcullis_build_info Always 1; which version runs on which Deno.",
      "# TYPE portcullis_build_info gauge",
      `portcullis_build_info{version="${VERSION}",deno="${Deno.version.deno}"} 1`,
    );
    for (const [name, type, help, value] of gauges) {
      lines.push(
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${type}`,
        `${name} ${value}`,
      );
    }
    return new Response(lines.join("\n") + "\n", {
      headers: {
        "content-type": "text/plain; version=0.0.4; charset=utf-8",
        "cache-control": "no-store",
      },
    });
  },
});

/** Compared by hashes, so that timing reveals nothing about the token. */
function isScraper(headers: Headers, token: string | null): boolean {
  const shown = readBearerToken(headers);
  return token !== null && shown !== null &&
    sha256Hex(shown) === sha256Hex(token);
}

/**
 * Whether a request names this machine by a name that nobody else can own: a page whose name was
 * pointed here (DNS rebinding) cannot read from this machine's browser.
 */
function isLocalName(hostname: string, own: string): boolean {
  const name = hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  return name === "localhost" || parseIp(name) !== null || name === own;
}

function isLoopback(text: string): boolean {
  const ip = parseIp(text);
  return ip !== null && kindOf(ip) === "loopback";
}
