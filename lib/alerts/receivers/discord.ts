import { webhookReceiver } from "../receiver.ts";
import { type ReceiverKind, urlIn } from "./kind.ts";

/** Discord. */
export const discord: ReceiverKind = {
  label: "Discord",
  about:
    "A webhook: in Discord, the channel's settings, Integrations, Webhooks.",
  fields: [{
    name: "url",
    label: "Webhook URL",
    help: "It is a secret: whoever has it can write to the channel.",
    isSecret: true,
    type: "url",
    placeholder: "https://discord.com/api/webhooks/…",
  }],
  open: (settings, context) =>
    webhookReceiver({
      ...context,
      url: urlIn(settings, "url"),
      format: "discord",
      secret: null,
    }),
};
