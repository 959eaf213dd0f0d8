/**
 * Chats that take messages at an address of their own, which is the secret.
 *
 * @module
 */
import type { AlertFormat } from "../format.ts";
import { webhookReceiver } from "../receiver.ts";
import { type ReceiverKind, urlIn } from "./kind.ts";

/** Slack and compatible servers: Mattermost, Rocket.Chat. */
export const slack: ReceiverKind = chat("slack", {
  label: "Slack",
  about:
    "An incoming webhook: in Slack, Apps, Incoming Webhooks, Add to Slack. Also for Mattermost and Rocket.Chat.",
  placeholder: "https://hooks.slack.com/services/…",
});

/** Discord. */
export const discord: ReceiverKind = chat("discord", {
  label: "Discord",
  about:
    "A webhook: in Discord, the channel's settings, Integrations, Webhooks.",
  placeholder: "https://discord.com/api/webhooks/…",
});

function chat(
  format: AlertFormat,
  { label, about, placeholder }: {
    label: string;
    about: string;
    placeholder: string;
  },
): ReceiverKind {
  return {
    label,
    about,
    fields: [{
      name: "url",
      label: "Webhook URL",
      help: "Keep it secret: anybody who has it can write to the channel.",
      isSecret: true,
      type: "url",
      placeholder,
    }],
    open: (settings, context) =>
      webhookReceiver({
        ...context,
        url: urlIn(settings, "url"),
        format,
        secret: null,
      }),
  };
}
