// The published description of the API: current, well formed, and in agreement with what the handlers accept.
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildOpenapi, OPENAPI_FILE } from '../../docs/generators/write-openapi.ts';
import { hrEventSchema } from '../../lambdas/core/hr/hr-event.ts';
import { joinerEvent, leaverEvent, moverEvent } from '../support/hr-events.ts';

interface Operation {
  readonly operationId: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
  readonly responses: Readonly<Record<string, object>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<'schemas' | 'responses' | 'securitySchemes', Readonly<Record<string, object>>>>;
}

const written = JSON.parse(readFileSync(OPENAPI_FILE, 'utf8')) as Document;
const operations = Object.entries(written.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

describe('lambdas/api/openapi.json', () => {
  it('is current', () => {
    const isCurrent = JSON.stringify(written) === JSON.stringify(buildOpenapi());
    expect(isCurrent, 'a definition changed: run `npm run openapi`').toBe(true);
  });

  it('refers only to what is there', () => {
    const references = [...JSON.stringify(written).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path);
    expect(references.length).toBeGreaterThan(0);
    for (const reference of references) {
      const found = reference.split('/').reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], written);
      expect(found, reference).toBeTypeOf('object');
    }
  });

  it('has operations as OpenAPI 3.1 wants them', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, operation } of operations) {
      const declared = (operation.parameters ?? [])
        .filter((parameter) => parameter.in === 'path')
        .map(({ name }) => name);
      expect(declared).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
      const schemes = operation.security.flatMap((scheme) => Object.keys(scheme));
      expect(Object.keys(written.components.securitySchemes)).toEqual(expect.arrayContaining(schemes));
      for (const [status, response] of Object.entries(operation.responses)) {
        expect(status).toMatch(/^[2-5]\d\d$/);
        expect('$ref' in response || 'description' in response).toBe(true);
      }
    }
  });
});

describe('its schemas', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'openapi', components: written.components });
  const compile = (name: string) => ajv.compile({ $ref: `openapi#/components/schemas/${name}` });

  it('are JSON Schema 2020-12', () => {
    for (const name of Object.keys(written.components.schemas)) expect(compile(name)).toBeTypeOf('function');
  });

  it('agree with the handlers on which kinds need what', () => {
    const validate = compile('HrEvent');
    const kind = fc.constantFrom(
      'employee',
      'contractor',
      'partner',
      'service-account',
      'integration',
      'ai-agent',
      'alien',
    );
    const attributes = fc.record(
      {
        kind,
        owner: fc.constantFrom('E1', '', null),
        endsAt: fc.constantFrom('2027-01-01', null),
        email: fc.constant('ada@example.com'),
        other: fc.constant(1),
      },
      { requiredKeys: [] },
    );
    const sent = fc.oneof(
      attributes.map((changes) => joinerEvent({ email: undefined, ...changes })),
      attributes.map((changes) => moverEvent(changes)),
      fc
        .record({ effectiveAt: fc.constant('2027-01-01'), immediate: fc.boolean() }, { requiredKeys: [] })
        .map((data) => leaverEvent({ effectiveAt: undefined, ...data })),
    );
    fc.assert(
      fc.property(sent, (event) => {
        const value: unknown = JSON.parse(JSON.stringify(event));
        expect(validate(value)).toBe(hrEventSchema.safeParse(value).success);
      }),
      { numRuns: 1_000 },
    );
  });
});
