import { HOUR } from "../../base/duration.ts";
import { claimedCrawler } from "../../bots/claim.ts";
import { networkKey, networkOf } from "../../net/network.ts";
import type { Clients } from "../clients.ts";
import type { SummaryFinding, SummaryRule } from "../summary.ts";
import { counted, inTheHour } from "./words.ts";

/** The fewest addresses. */
const CROWD = 10;
/** With one user agent: its least share of all requests. */
const ONE_NAME = 0.8;
/** With several user agents: the multiple of the threshold, and the fewest addresses. */
const MANY_NAMES = 5;
const BIG_CROWD = 50;

interface Network {
  requests: number;
  addresses: number;
  first: number;
  last: number;
  agents: Map<string, number>;
}

/**
 * Many requests from many addresses of one network, each of which stays below every threshold: a
 * rented /24 has 254 addresses to spread them over. It only suggests: no range is ever blocked
 * automatically. Accepted clients do not count.
 */
export function distributedVolume(): SummaryRule {
  return {
    name: "distributed_volume",
    about:
      "Many requests from ten or more addresses of one /24 or /48, under one user agent; or five times as many, from 50 or more, under several.",
    stream: "findings",
    severity: "warning",
    windowMs: HOUR,
    threshold: 2_000,
    weight: 0,
    judge({ clients, period }, { threshold, severity }) {
      const found: SummaryFinding[] = [];
      // In most hours the total is lower already.
      if (clients.requests <= threshold) return found;
      for (const [subject, network] of networksOf(clients, threshold)) {
        const { requests, addresses, first, last, agents } = network;
        if (requests <= threshold || addresses < CROWD) continue;
        const [agent, most] = [...agents].reduce((best, each) =>
          each[1] > best[1] ? each : best
        );
        const isOne = most >= ONE_NAME * requests;
        const isMuch = requests > MANY_NAMES * threshold &&
          addresses >= BIG_CROWD;
        if (!isOne && !isMuch) continue;
        const name = isOne && agent !== "" ? ` as "${agent.slice(0, 80)}"` : "";
        found.push({
          subject,
          severity: isOne && claimedCrawler(agent) !== null ? "info" : severity,
          count: requests,
          first,
          last,
          evidence: [],
          explanation: `${counted(requests, "request")} of ${
            counted(addresses, "address", "addresses")
          } of ${subject} ${inTheHour(period)}${name}`,
        });
      }
      return found;
    },
  };
}

/** The networks with more requests than the threshold. */
function networksOf(
  clients: Clients,
  threshold: number,
): Map<string, Network> {
  const networks = new Map<string, Network>();
  const busy = busyNetworks(clients, threshold);
  if (busy.size === 0) return networks;
  for (const client of clients.all()) {
    if (client.accepted) continue;
    const { key, first, last, requests } = client;
    const { address, addresses } = clients.busiest(key);
    if (!busy.has(networkKey(address))) continue;
    const subject = networkOf(address)!;
    let network = networks.get(subject);
    if (network === undefined) {
      network = { requests: 0, addresses: 0, first, last, agents: new Map() };
      networks.set(subject, network);
    }
    network.requests += requests;
    network.addresses += addresses;
    network.first = Math.min(network.first, first);
    network.last = Math.max(network.last, last);
    const agent = client.agents > 1 ? "" : client.agent ?? "";
    network.agents.set(agent, (network.agents.get(agent) ?? 0) + requests);
  }
  return networks;
}

/** Keys of these networks: nearly all networks of an hour are below the threshold. */
function busyNetworks(
  clients: Clients,
  threshold: number,
): ReadonlySet<number | string | null> {
  const sums = new Map<number | string, number>();
  const busy = new Set<number | string>();
  for (const client of clients.all()) {
    if (client.accepted) continue;
    const key = networkKey(clients.busiest(client.key).address);
    if (key === null) continue;
    const sum = (sums.get(key) ?? 0) + client.requests;
    sums.set(key, sum);
    if (sum > threshold) busy.add(key);
  }
  return busy;
}
