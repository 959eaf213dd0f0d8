import { plainText } from "../format.ts";
import { httpReceiver } from "../receiver.ts";
import { matching, type ReceiverKind, urlIn } from "./kind.ts";
import { titleOf } from "./title.ts";

const MOST = 4_000;
const PRIORITY = { critical: 9, warning: 6, info: 4 };

/** Gotify, self-hosted. */
export const gotify: ReceiverKind = {
  label: "Gotify",
  about: "An application of your Gotify server: Apps, Create application.",
  fields: [{
    name: "server",
    label: "Server",
    help: "The URL of Gotify's web page.",
    type: "url",
    placeholder: "https://gotify.example.org",
  }, {
    name: "token",
    label: "Application token",
    help: "Shown beside the application.",
    isSecret: true,
    type: "password",
  }],
  open(settings, context) {
    const token = matching(
      settings,
      "token",
      /^[\w.-]{1,100}$/,
      "an application's token",
    );
    const url = urlIn(settings, "server");
    url.pathname = `${url.pathname.replace(/\/+$/, "")}/message`;
    return httpReceiver({
      ...context,
      url,
      format: "gotify",
      request: (message) => ({
        headers: { "x-gotify-key": token },
        body: JSON.stringify({
          title: titleOf(message),
          message: plainText(message, MOST),
          priority: PRIORITY[message.severity ?? "info"],
          ...message.url === null ? {} : {
            extras: {
              "client::notification": { click: { url: message.url } },
            },
          },
        }),
      }),
    });
  },
};
