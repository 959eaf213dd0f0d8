import { plainText } from "../format.ts";
import { httpReceiver } from "../receiver.ts";
import { matching, type ReceiverKind, urlIn } from "./kind.ts";
import { titleOf } from "./title.ts";

const MOST = 3_800;
/** ntfy's priorities: 3 is the default, 5 the highest. */
const PRIORITY = { critical: 5, warning: 4, info: 3 };

/** ntfy, at ntfy.sh or self-hosted. */
export const ntfy: ReceiverKind = {
  label: "ntfy",
  about: "A topic at ntfy.sh, or at a server of yours; no account is needed.",
  fields: [{
    name: "server",
    label: "Server",
    help: "The server with the topic.",
    type: "url",
    isOptional: true,
    placeholder: "https://ntfy.sh",
  }, {
    name: "topic",
    label: "Topic",
    help:
      "Choose a name that is hard to guess, unless the topic needs a token: anybody who knows it can read it.",
    isSecret: true,
  }, {
    name: "token",
    label: "Access token",
    help: "If the topic needs one.",
    isSecret: true,
    isOptional: true,
    type: "password",
    placeholder: "tk_…",
  }],
  open(settings, context) {
    const topic = matching(
      settings,
      "topic",
      /^[\w-]{1,64}$/,
      "letters, digits, - and _, at most 64",
    );
    const token = settings.token
      ? matching(settings, "token", /^[\w.~+/=-]{1,200}$/, "a token of ntfy")
      : null;
    return httpReceiver({
      ...context,
      url: urlIn({ server: settings.server || "https://ntfy.sh" }, "server"),
      format: "ntfy",
      request: (message) => ({
        ...token === null
          ? {}
          : { headers: { authorization: `Bearer ${token}` } },
        body: JSON.stringify({
          topic,
          title: titleOf(message),
          message: plainText(message, MOST),
          priority: PRIORITY[message.severity ?? "info"],
          ...message.url === null ? {} : { click: message.url },
        }),
      }),
    });
  },
};
