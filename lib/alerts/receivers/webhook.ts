import { webhookReceiver } from "../receiver.ts";
import { matching, type ReceiverKind, urlIn } from "./kind.ts";

/** A custom endpoint that accepts JSON. */
export const webhook: ReceiverKind = {
  label: "Webhook",
  about:
    "Your own HTTP endpoint for JSON: docs/alerts.md describes its fields.",
  fields: [{
    name: "url",
    label: "URL",
    help: "Alerts are posted to this URL.",
    isSecret: true,
    type: "url",
    placeholder: "https://example.org/hook",
  }, {
    name: "secret",
    label: "Signing secret",
    help:
      "Alerts are signed with it (Standard Webhooks): 16 characters or more, or whsec_ and base64.",
    isSecret: true,
    isOptional: true,
    type: "password",
  }],
  open: (settings, context) =>
    webhookReceiver({
      ...context,
      url: urlIn(settings, "url"),
      format: "json",
      secret: settings.secret
        ? matching(settings, "secret", /^.{16,}$/, "16 characters or more")
        : null,
    }),
};
