/** A search engine's crawler, and the domains that its addresses have names in. */
export interface Crawler {
  name: string;
  domains: readonly string[];
}

const CRAWLERS: readonly (Crawler & { sign: string })[] = [
  {
    name: "Googlebot",
    sign: "googlebot",
    domains: ["googlebot.com", "google.com", "googleusercontent.com"],
  },
  { name: "Bingbot", sign: "bingbot", domains: ["search.msn.com"] },
  { name: "msnbot", sign: "msnbot", domains: ["search.msn.com"] },
  {
    name: "YandexBot",
    sign: "yandexbot",
    domains: ["yandex.ru", "yandex.net", "yandex.com"],
  },
  {
    name: "Baiduspider",
    sign: "baiduspider",
    domains: ["baidu.com", "baidu.jp"],
  },
  { name: "Applebot", sign: "applebot", domains: ["applebot.apple.com"] },
  { name: "Yahoo! Slurp", sign: "yahoo! slurp", domains: ["crawl.yahoo.net"] },
  { name: "SeznamBot", sign: "seznambot", domains: ["seznam.cz"] },
  { name: "Yeti", sign: "naver.me/spd", domains: ["naver.com"] },
];

/** The crawler that a user agent claims to be, or null. */
export function claimedCrawler(agent: string | null): Crawler | null {
  if (agent === null) return null;
  const lower = agent.toLowerCase();
  return CRAWLERS.find(({ sign }) => lower.includes(sign)) ?? null;
}

/** Whether a name lies in one of a crawler's domains. */
export function belongsTo(host: string, { domains }: Crawler): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  return domains.some((domain) => name.endsWith(`.${domain}`));
}
