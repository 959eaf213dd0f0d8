import { decisionOf, type Incident, requestsOf, titleOf } from "./incident.ts";

/** An incident as in the API's lists. */
export function incidentItem(incident: Incident) {
  const { id, kind, severity, is_active, reason, decided_by } = incident;
  return {
    id,
    kind,
    severity,
    title: titleOf(incident),
    first_seen: new Date(incident.first_seen).toISOString(),
    last_seen: new Date(incident.last_seen).toISOString(),
    addresses: incident.addresses.length,
    networks: incident.networks.length,
    requests: requestsOf(incident),
    findings: incident.findings.length,
    is_active,
    reason,
    decided_by,
    decision: decisionOf(incident),
  };
}

/** A single incident, with its lists. */
export function incidentDetail(incident: Incident) {
  return {
    ...incidentItem(incident),
    addresses: incident.addresses,
    networks: incident.networks,
    operators: incident.operators,
    targets: incident.targets,
    user_agents: incident.agents,
    rules: incident.rules,
    findings: incident.findings,
  };
}
