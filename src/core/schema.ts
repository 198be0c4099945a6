import { InvalidArgumentError, show } from './errors.js';
import { messageOf } from './json.js';

/**
 * The part of the Standard Schema interface (standardschema.dev, version 1) that is used here: zod, valibot, arktype and
 * others implement it.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * The value after the schema, or the value itself without one; a promise only where the schema gives one.
 *
 * @throws InvalidArgumentError naming the first issue
 */
export function validate(argument: string, value: unknown, schema: StandardSchema | undefined): unknown {
  if (schema === undefined) return value;
  const threw = (cause: unknown): never => {
    throw new InvalidArgumentError(argument, value, `what its schema takes, which threw: ${messageOf(cause)}`, {
      cause,
    });
  };
  let result: ReturnType<StandardSchema['~standard']['validate']>;
  try {
    result = schema['~standard'].validate(value);
  } catch (cause) {
    return threw(cause);
  }
  if (result instanceof Promise) return result.catch(threw).then((later) => accepted(argument, value, later));
  return accepted(argument, value, result);
}

function accepted(argument: string, value: unknown, result: SchemaResult<unknown>): unknown {
  if (result.issues === undefined) return result.value;
  const [issue] = result.issues;
  const path = (issue?.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
  throw new InvalidArgumentError(path === '' ? argument : `${argument}.${path}`, value, issue?.message ?? 'its schema');
}

/** Checks that something given as a schema is one. @throws InvalidArgumentError */
export function schemaOption(argument: string, value: unknown): StandardSchema | undefined {
  if (value === undefined) return undefined;
  const standard = (value as { '~standard'?: { validate?: unknown } } | null)?.['~standard'];
  if (typeof standard?.validate !== 'function') {
    throw new InvalidArgumentError(argument, value, `a Standard Schema (zod, valibot, arktype …), not ${show(value)}`);
  }
  return value as StandardSchema;
}
