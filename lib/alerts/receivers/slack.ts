import { webhookReceiver } from "../receiver.ts";
import { type ReceiverKind, urlIn } from "./kind.ts";

/** Slack, and what speaks as it does: Mattermost, Rocket.Chat. */
export const slack: ReceiverKind = {
  label: "Slack",
  about:
    "An incoming webhook: in Slack, Apps, Incoming Webhooks, Add to Slack. Mattermost and Rocket.Chat take the same.",
  fields: [{
    name: "url",
    label: "Webhook URL",
    help: "It is a secret: whoever has it can write to the channel.",
    isSecret: true,
    type: "url",
    placeholder: "https://hooks.slack.com/services/…",
  }],
  open: (settings, context) =>
    webhookReceiver({
      ...context,
      url: urlIn(settings, "url"),
      format: "slack",
      secret: null,
    }),
};
