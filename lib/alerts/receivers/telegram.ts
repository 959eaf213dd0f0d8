import { textOf } from "../format.ts";
import { httpReceiver } from "../receiver.ts";
import { matching, type ReceiverKind, urlIn } from "./kind.ts";

const MOST = 3_500;

/** Telegram, by a bot. */
export const telegram: ReceiverKind = {
  label: "Telegram",
  about:
    "A bot: ask @BotFather for one, add it to the chat, and write to it once.",
  fields: [{
    name: "token",
    label: "Bot token",
    help: "From BotFather's answer.",
    isSecret: true,
    type: "password",
    placeholder: "123456:ABC…",
  }, {
    name: "chat",
    label: "Chat",
    help: "The chat's number, or @ and a public channel's name.",
    placeholder: "-1001234567890",
  }, {
    name: "server",
    label: "Bot API server",
    help: "If you run your own.",
    type: "url",
    isOptional: true,
    placeholder: "https://api.telegram.org",
  }],
  open(settings, context) {
    const token = matching(
      settings,
      "token",
      /^\d{1,20}:[\w-]{10,100}$/,
      "a number, a colon and letters, as BotFather writes it",
    );
    const chat_id = matching(
      settings,
      "chat",
      /^(?:-?\d{1,20}|@\w{4,32})$/,
      "a number, or @ and a name",
    );
    const url = urlIn(
      { server: settings.server || "https://api.telegram.org" },
      "server",
    );
    url.pathname = `${
      url.pathname.replace(/\/+$/, "")
    }/bot${token}/sendMessage`;
    return httpReceiver({
      ...context,
      url,
      format: "telegram",
      request: (message) => ({
        body: JSON.stringify({
          chat_id,
          text: textOf(
            message.lines,
            message.url && escaped(message.url),
            MOST,
            inert,
          ),
          parse_mode: "HTML",
          link_preview_options: { is_disabled: true },
        }),
      }),
    });
  },
};

/** Inside code, Telegram makes no links, mentions or commands. */
function inert(value: string): string {
  return /^[A-Za-z0-9 ,;()%-]*$/.test(value)
    ? value
    : `<code>${escaped(value)}</code>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
