const CRAWLER = /[\w.-]*(?:bot|crawler|spider|slurp)\b[\w.-]*/i;

/** Tested in this order: most browsers also name those that they derive from. */
const BROWSERS: [RegExp, string][] = [
  [/\bEdgA?\/(\d+)/, "Edge"],
  [/\bOPR\/(\d+)/, "Opera"],
  [/\bSamsungBrowser\/(\d+)/, "Samsung Internet"],
  [/\b(?:Firefox|FxiOS)\/(\d+)/, "Firefox"],
  [/\bHeadlessChrome\/(\d+)/, "Headless Chrome"],
  [/\b(?:Chrome|CriOS)\/(\d+)/, "Chrome"],
  [/\bVersion\/(\d+)\S* (?:Mobile\/\S+ )?Safari\//, "Safari"],
  [/\bMSIE (\d+)/, "Internet Explorer"],
  [/\bTrident\/.*\brv:(\d+)/, "Internet Explorer"],
];
const SYSTEMS: [RegExp, string][] = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b|\bMacintosh\b/, "macOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];
const MAX_LENGTH = 48;

/**
 * A User-Agent in a few words, such as "Firefox 146 on Linux", "Googlebot" or "curl 8.14.1". It is
 * what the client claims and proves nothing; show the whole text if it matters.
 */
export function describeAgent(userAgent: string): string {
  const crawler = CRAWLER.exec(userAgent)?.[0];
  if (crawler) return cut(crawler);
  const browser = versionOf(userAgent);
  if (browser !== null) {
    const system = systemOf(userAgent);
    const name = browser.join(" ");
    return system === null ? name : `${name} on ${system}`;
  }
  const product = /^([^\s/()]+)\/([^\s()]+)/.exec(userAgent);
  if (product && product[1] !== "Mozilla") {
    return cut(`${product[1]} ${product[2]}`);
  }
  return cut(userAgent.replace(/^Mozilla\/[\d.]+ (?=\S)/, ""));
}

/** The browser that a User-Agent claims to be, without its version; null for crawlers and tools. */
export function browserOf(userAgent: string): string | null {
  if (CRAWLER.test(userAgent)) return null;
  return versionOf(userAgent)?.[0] ?? null;
}

/** The operating system that a User-Agent names, or null. */
export function systemOf(userAgent: string): string | null {
  return SYSTEMS.find(([pattern]) => pattern.test(userAgent))?.[1] ?? null;
}

function versionOf(userAgent: string): [name: string, version: string] | null {
  for (const [pattern, name] of BROWSERS) {
    const version = pattern.exec(userAgent)?.[1];
    if (version !== undefined) return [name, version];
  }
  return null;
}

function cut(text: string): string {
  const characters = [...text];
  return characters.length > MAX_LENGTH
    ? `${characters.slice(0, MAX_LENGTH - 1).join("")}…`
    : text;
}
