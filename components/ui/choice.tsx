/** A select field with a few values, or any of them. */
export function Choice(
  { name, label, value, options }: {
    name: string;
    label: string;
    value: string | undefined;
    options: readonly string[];
  },
) {
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <select id={name} name={name}>
        <option value="">any</option>
        {options.map((option) => (
          <option key={option} value={option} selected={option === value}>
            {option.replaceAll("_", " ")}
          </option>
        ))}
      </select>
    </div>
  );
}
