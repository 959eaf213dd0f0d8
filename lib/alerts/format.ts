/**
 * Messages in the formats of receivers. Paths, user agents, reasons and names come from strangers:
 * none of it may become a link, a mention, formatting or a second line.
 *
 * @module
 */
import { cutBytes, escapeControl } from "../base/text.ts";
import type { Line, Message } from "./message.ts";

/** What a webhook's receiver understands. */
export type AlertFormat = "json" | "slack" | "discord";

/** Slack cuts at 40,000 and advises 4,000 characters, Discord refuses more than 2,000. */
const MAX_TEXT: Record<AlertFormat, number> = {
  json: 4_000,
  slack: 3_500,
  discord: 2_000,
};
/** Maximum bytes of one value, such as an explanation. */
const MAX_VALUE_BYTES = 400;

/** The format that a URL's host understands. Discord's `/slack` end speaks Slack's. */
export function formatOf(url: URL): AlertFormat {
  const host = url.hostname.replace(/\.$/, "");
  if (isOf(host, "slack.com") || isOf(host, "slack-gov.com")) return "slack";
  if (isOf(host, "discord.com") || isOf(host, "discordapp.com")) {
    return url.pathname.endsWith("/slack") ? "slack" : "discord";
  }
  return "json";
}

function isOf(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}

/** The request body of a message. */
export function bodyOf(message: Message, format: AlertFormat): string {
  return JSON.stringify(BODIES[format](message));
}

const BODIES: Record<AlertFormat, (message: Message) => unknown> = {
  json: ({ id, at, type, lines, url, data }) => ({
    type,
    id,
    created_at: new Date(at).toISOString(),
    text: textOf(lines, null, MAX_TEXT.json, (value) => value),
    url,
    ...data,
  }),
  slack: ({ lines, url }) => ({
    text: textOf(
      lines,
      url && `<${slackEscaped(url)}>`,
      MAX_TEXT.slack,
      (value) => slackEscaped(inert(value)),
    ),
    // No link is made of what looks like one, and no name is looked up.
    parse: "none",
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
  }),
  discord: ({ lines, url }) => ({
    content: textOf(lines, url && `<${url}>`, MAX_TEXT.discord, inert),
    allowed_mentions: { parse: [] },
    // SUPPRESS_EMBEDS
    flags: 4,
  }),
};

/** Text that no chat interprets: no markup, no colon, no dot before a letter. */
const PLAIN = /^(?!.*\.[A-Za-z])[A-Za-z0-9 .,;()%+-]*$/;

/**
 * A value that neither Slack nor Discord interprets: unchanged if it is plain, otherwise as inline
 * code, which both leave alone.
 */
function inert(value: string): string {
  if (PLAIN.test(value)) return value;
  // Nothing escapes a backtick inside code.
  return `\`${value.replaceAll("`", "ʼ")}\``;
}

/** Slack's three special characters, in code as well. */
function slackEscaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

/** A message as plain text, for receivers that do not interpret markup. */
export function plainText(message: Message, max: number): string {
  return textOf(message.lines, null, max, (value) => value);
}

/** The lines that fit, each whole, and at the end the link. */
export function textOf(
  lines: readonly Line[],
  link: string | null,
  max: number,
  escape: (value: string) => string,
): string {
  const end = link === null ? "" : `\n${link}`;
  const more = "\n…";
  let text = "";
  for (const parts of lines) {
    const next = (text === "" ? "" : "\n") +
      parts.map((part) =>
        typeof part === "string"
          ? part
          : escape(escapeControl(cutBytes(part.value, MAX_VALUE_BYTES)))
      ).join("");
    if (text.length + next.length + more.length + end.length > max) {
      text += more;
      break;
    }
    text += next;
  }
  return text + end;
}
