/** The places of a text in a request: an attack in a query may be a title in a path. */
export const PLACE = {
  path: 1,
  query: 2,
  agent: 4,
  referrer: 8,
  cookie: 16,
  field: 32,
  form: 64,
  json: 128,
} as const;

/** Places without prose or code of people's own. */
export const TERSE = PLACE.path | PLACE.query | PLACE.agent | PLACE.referrer |
  PLACE.cookie | PLACE.field;

export const BODY = PLACE.form | PLACE.json;

export const ANYWHERE = TERSE | BODY;
