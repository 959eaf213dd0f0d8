import { receiverKind } from "../../lib/alerts/receiver_store.ts";
import { RECEIVER_KINDS } from "../../lib/alerts/receivers/kinds.ts";
import type { ReceiverField } from "../../lib/alerts/receivers/kind.ts";
import { Field } from "../ui/field.tsx";
import { ChoiceFields } from "./choice_fields.tsx";

/** The kinds of receivers, each with a link to its form. */
export function ReceiverKinds({ chosen }: { chosen: string | null }) {
  return (
    <nav class="row" aria-label="Add a receiver">
      {Object.entries(RECEIVER_KINDS).map(([name, { label }]) => (
        <a
          key={name}
          class="button quiet"
          href={`/admin/alerts?add=${name}#add`}
          aria-current={name === chosen ? "true" : undefined}
        >
          {label}
        </a>
      ))}
    </nav>
  );
}

/** The form to add a receiver; after an error, secrets have to be typed again. */
export function ReceiverForm(
  { kind: name, values }: { kind: string; values: URLSearchParams | null },
) {
  const kind = receiverKind(name);
  return (
    <form method="post" class="panel stack" id="add">
      <h2>Add {kind.label}</h2>
      <p class="muted">{kind.about}</p>
      <input type="hidden" name="action" value="add" />
      <input type="hidden" name="kind" value={name} />
      <div class="filters hinted">
        <Field
          name="name"
          label="Name"
          hint="The name on this page."
          maxLength={60}
          placeholder={kind.label}
          value={values?.get("name") ?? ""}
          autocomplete="off"
        />
        {kind.fields.map((field) => (
          <Setting
            key={field.name}
            field={field}
            value={values?.get(field.name) ?? ""}
          />
        ))}
      </div>
      <ChoiceFields
        least={values?.get("least") === "critical" ? "critical" : "warning"}
        lists={values === null || values.get("lists") === "1"}
        quietFrom={values?.get("quiet_from") ?? ""}
        quietTo={values?.get("quiet_to") ?? ""}
      />
      <div class="row">
        <button type="submit" class="primary">Add and send a test</button>
        <a href="/admin/alerts">Cancel</a>
      </div>
    </form>
  );
}

function Setting({ field, value }: { field: ReceiverField; value: string }) {
  const { name, label, help, isSecret, isOptional, type, placeholder } = field;
  return (
    <Field
      id={`setting-${name}`}
      name={name}
      label={isOptional ? `${label} (optional)` : label}
      hint={help}
      type={type ?? "text"}
      required={!isOptional}
      maxLength={500}
      placeholder={placeholder}
      value={isSecret ? "" : value}
      autocomplete={isSecret ? "new-password" : "off"}
      spellcheck={false}
    />
  );
}
