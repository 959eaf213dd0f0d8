import { checkedAddresses, systemResolve } from "../../net/outbound_address.ts";
import { OutboundError } from "../../net/outbound_error.ts";
import { Refusal } from "../../base/refusal.ts";
import { plainText } from "../format.ts";
import type { Message } from "../message.ts";
import type { Posted, Receiver } from "../receiver.ts";
import {
  matching,
  type ReceiverContext,
  type ReceiverKind,
  type ReceiverSettings,
} from "./kind.ts";
import { titleOf } from "./title.ts";

const MOST = 20_000;
const TIMEOUT_MS = 10_000;
/** Submission over TLS, and over STARTTLS (RFC 8314). */
const TLS_PORT = 465;

const ADDRESS = /^[^\s@<>,;:"]{1,64}@[^\s@<>,;:"]{1,253}$/;

/** Mail, by an SMTP server. */
export const mail: ReceiverKind = {
  label: "Mail",
  about:
    "An SMTP server that you may use. The connection is encrypted; port 465 from the start, others by STARTTLS.",
  fields: [{
    name: "host",
    label: "SMTP server",
    help: "Its host name.",
    placeholder: "smtp.example.org",
  }, {
    name: "port",
    label: "Port",
    help: "465 or 587.",
    type: "number",
    isOptional: true,
    placeholder: "465",
  }, {
    name: "username",
    label: "Username",
    help: "If the server needs one.",
    isOptional: true,
  }, {
    name: "password",
    label: "Password",
    help: "Preferably one for this purpose only.",
    isSecret: true,
    isOptional: true,
    type: "password",
  }, {
    name: "from",
    label: "From",
    help: "A sender address that the server accepts.",
    type: "email",
  }, {
    name: "to",
    label: "To",
    help: "One address.",
    type: "email",
  }],
  open: mailReceiver,
};

function mailReceiver(
  settings: ReceiverSettings,
  { allowPrivate, send = {} }: ReceiverContext,
): Receiver {
  const host = matching(
    settings,
    "host",
    /^(?=.{1,253}$)[a-z\d.:-]+$/i,
    "a server's name",
  );
  const port = Number(settings.port || TLS_PORT);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Refusal("invalid", "Cannot use this port: expected 1 to 65535");
  }
  const from = matching(settings, "from", ADDRESS, "one mail address");
  const to = matching(settings, "to", ADDRESS, "one mail address");
  const { username, password } = settings;

  async function post(
    message: Message,
    signal?: AbortSignal,
  ): Promise<Posted> {
    const started = performance.now();
    const ended = (status: number | null, words: string): Posted => ({
      ok: status === null ? false : status < 400,
      // A permanent SMTP failure corresponds to a 4xx status.
      status: status === null ? null : status >= 500 ? 400 : status,
      words,
      retryAfterMs: null,
      tookMs: Math.round(performance.now() - started),
    });
    try {
      signal?.throwIfAborted();
      const url = new URL(`http://${host.includes(":") ? `[${host}]` : host}/`);
      const [address] = await checkedAddresses(url, {
        allowPrivate,
        resolve: send.resolve ?? systemResolve,
      });
      // Loaded only when a mail is sent.
      // @ts-types="npm:@types/nodemailer@^8.0.2"
      const { default: nodemailer } = await import("nodemailer");
      const transport = nodemailer.createTransport({
        host: address,
        port,
        // The machine's host name is not disclosed.
        name: "portcullis.invalid",
        secure: port === TLS_PORT,
        requireTLS: !allowPrivate,
        auth: username ? { user: username, pass: password ?? "" } : undefined,
        tls: {
          servername: host,
          ...send.caCerts ? { ca: send.caCerts } : {},
        },
        connectionTimeout: TIMEOUT_MS,
        greetingTimeout: TIMEOUT_MS,
        socketTimeout: TIMEOUT_MS,
        dnsTimeout: TIMEOUT_MS,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      const end = () => transport.close();
      signal?.addEventListener("abort", end, { once: true });
      try {
        const sent = await transport.sendMail({
          from: { name: "Portcullis", address: from },
          to: { name: "", address: to },
          subject: titleOf(message),
          text: plainText(message, MOST) +
            (message.url === null ? "" : `\n\n${message.url}`),
          messageId: `<${message.id}@portcullis.invalid>`,
          headers: { "auto-submitted": "auto-generated" },
        });
        const status = Number(/^\d{3}/.exec(sent.response)?.[0] ?? 250);
        return ended(status, `${host} took it`);
      } finally {
        signal?.removeEventListener("abort", end);
        transport.close();
      }
    } catch (error) {
      if (error instanceof OutboundError) return ended(null, error.message);
      const { responseCode = null, code } = error as {
        responseCode?: number | null;
        code?: string;
      };
      return ended(
        responseCode,
        responseCode === null
          ? `${host} could not be reached${code ? ` (${code})` : ""}`
          : `${host} answered ${responseCode}`,
      );
    }
  }
  return { host, format: "mail", signed: false, post };
}
