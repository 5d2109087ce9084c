// The template language of the `http` connector: `{name}` stands for a value, and for nothing else. No expressions, no
// evaluation; each value is encoded for the place it stands in, so that it cannot become a part of what is around it.

/** `{name}`, or `{json:name}` for the value as a JSON string, quotes included. Other braces stand for themselves. */
const PLACEHOLDER = /\{(json:)?([A-Za-z]\w*)\}/g;
const ONLY_PLACEHOLDER = /^\{(json:)?([A-Za-z]\w*)\}$/;

export type TemplateValues = Readonly<Record<string, string | number | undefined>>;

/** A JSON document whose strings are templates. */
export type JsonTemplate =
  | string
  | number
  | boolean
  | null
  | readonly JsonTemplate[]
  | { readonly [name: string]: JsonTemplate };

export function placeholdersOf(template: JsonTemplate): readonly string[] {
  if (typeof template === 'string') return [...template.matchAll(PLACEHOLDER)].map((match) => match[2] ?? '');
  if (typeof template !== 'object' || template === null) return [];
  return Object.values(template).flatMap(placeholdersOf);
}

/** A query value in which text around a `{name}` could be misread by the other side, as a filter is: `{json:name}` cannot. */
export function isAmbiguous(template: string): boolean {
  return (
    !ONLY_PLACEHOLDER.test(template) && [...template.matchAll(PLACEHOLDER)].some((match) => match[1] === undefined)
  );
}

/** The text, or undefined when it is a single placeholder without a value. Within longer text that is empty. */
export function renderText(template: string, values: TemplateValues): string | undefined {
  const alone = ONLY_PLACEHOLDER.exec(template);
  if (alone !== null && values[alone[2] ?? ''] === undefined) return undefined;
  return template.replaceAll(PLACEHOLDER, (_, json: string | undefined, name: string) => {
    const value = values[name] ?? '';
    return json === undefined ? String(value) : JSON.stringify(String(value));
  });
}

/**
 * The document. A string that is a single `{name}` becomes the value in its own type; without a value its member is
 * left out, or null when `missing` says so (where a value has to be cleared).
 */
export function renderJson(template: JsonTemplate, values: TemplateValues, missing: 'left-out' | 'null'): unknown {
  if (typeof template === 'string') {
    const alone = ONLY_PLACEHOLDER.exec(template);
    if (alone === null || alone[1] !== undefined) return renderText(template, values);
    return values[alone[2] ?? ''] ?? (missing === 'null' ? null : undefined);
  }
  if (typeof template !== 'object' || template === null) return template;
  if (Array.isArray(template)) {
    return template.map((each) => renderJson(each, values, missing)).filter((each) => each !== undefined);
  }
  return Object.fromEntries(
    Object.entries(template).map(([name, each]) => [name, renderJson(each, values, missing)] as const),
  );
}
