/** The rule by which the console blocks the networks of an operator. */
export function operatorRule(
  asn: number,
): { name: string } & Record<string, unknown> {
  return { name: operatorRuleName(asn), refuse: true, when: { asn: [asn] } };
}

/** The name of that rule. */
function operatorRuleName(asn: number): string {
  return `block-as${asn}`;
}

/** The rules with this one first, or without it. */
export function withOperator(
  rules: readonly unknown[],
  asn: number,
  isBlocked: boolean,
): unknown[] {
  const name = operatorRuleName(asn);
  const others = rules.filter((rule) =>
    (rule as { name?: unknown }).name !== name
  );
  return isBlocked ? [operatorRule(asn), ...others] : others;
}

/** Whether the rules contain the one that blocks this operator. */
export function isOperatorBlocked(
  rules: readonly unknown[],
  asn: number,
): boolean {
  const name = operatorRuleName(asn);
  return rules.some((rule) => (rule as { name?: unknown }).name === name);
}
