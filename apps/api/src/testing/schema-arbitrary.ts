/** Random values of a JSON schema (as OpenAPI 3.1 has it), and values that are nearly of it. */
import fc from 'fast-check';

/** What our descriptions make use of. */
export interface Schema {
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

const TEXT = fc.oneof(
  fc.constantFrom(
    'Куртка тёплая, но рукава короткие',
    'обувь',
    'reviews',
    '',
    ' ',
    '🙂',
    'не уверен',
    '__proto__',
  ),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }), // control characters, NUL, lone surrogates
);

/** @param resolve what a `$ref` points to */
export function valuesOf(schema: Schema, resolve: (ref: string) => Schema): fc.Arbitrary<unknown> {
  const of = (inner: Schema) => valuesOf(inner, resolve);
  if (schema.$ref !== undefined) return of(resolve(schema.$ref));
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(of));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if ('const' in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type) => of({ ...schema, type })));
  const { minItems = 0, maxItems = 5, minimum = -5, maximum = 5 } = schema;
  switch (schema.type) {
    case 'object': {
      const { properties = {}, required = [] } = schema;
      const fields: Record<string, fc.Arbitrary<unknown>> = {};
      for (const [name, field] of Object.entries(properties)) fields[name] = valuesOf(field, resolve);
      return fc.record(fields, { requiredKeys: [...required] });
    }
    case 'array':
      return fc.array(of(schema.items ?? {}), {
        minLength: minItems,
        maxLength: Math.min(maxItems, minItems + 5),
      });
    case 'string':
      return TEXT;
    case 'integer':
      return fc.integer({ min: minimum, max: Math.max(minimum, Math.min(maximum, 1000)) });
    case 'number':
      return fc.double({ min: minimum, max: maximum, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return fc.jsonValue();
  }
}

/** One part of a value is something else, or is not there, or one is there that does not belong. */
export function damaged(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const odd = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(null, -1, 1e300, 1.5, '', [], {}, [[]], 'null', true, 'x'.repeat(5000)),
  );
  return fc.tuple(value, odd, fc.nat(5)).map(([whole, part, at]) => {
    if (Array.isArray(whole)) return [...whole.slice(0, at), part, ...whole.slice(at + 1)];
    if (typeof whole !== 'object' || whole === null) return part;
    const name = Object.keys(whole)[at] ?? 'unknown';
    return { ...whole, [name]: part };
  });
}
